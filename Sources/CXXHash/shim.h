#ifndef OXBOW_CXXHASH_SHIM_H
#define OXBOW_CXXHASH_SHIM_H
#include <xxhash.h>
#endif
