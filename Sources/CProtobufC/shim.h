#ifndef OXBOW_CProtobufC_SHIM_H
#define OXBOW_CProtobufC_SHIM_H
#include <protobuf-c/protobuf-c.h>
#endif
