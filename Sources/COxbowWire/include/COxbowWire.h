// The generated messages of proto/oxbow/v1; ops/proto.sh writes them. OxbowWire is the only importer.
#ifndef OXBOW_COXBOWWIRE_H
#define OXBOW_COXBOWWIRE_H
// protobuf-c itself, too: Swift must not import CProtobufC beside this module, since both would declare its types.
#include <protobuf-c/protobuf-c.h>

#include "oxbow/v1/control.pb-c.h"
#include "oxbow/v1/enrolment.pb-c.h"
#include "oxbow/v1/envelope.pb-c.h"
#include "oxbow/v1/operator.pb-c.h"
#include "oxbow/v1/tensor.pb-c.h"
#include "oxbow/v1/trace.pb-c.h"
#endif
