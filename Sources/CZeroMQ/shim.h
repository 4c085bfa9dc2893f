#ifndef OXBOW_CZeroMQ_SHIM_H
#define OXBOW_CZeroMQ_SHIM_H
// Not in Swift's Glibc module: Wakeup needs the first, Alarm the second.
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <zmq.h>
#endif
