#ifndef OXBOW_CZeroMQ_SHIM_H
#define OXBOW_CZeroMQ_SHIM_H
// eventfd is not in Swift's Glibc module; Wakeup needs it.
#include <sys/eventfd.h>
#include <zmq.h>
#endif
