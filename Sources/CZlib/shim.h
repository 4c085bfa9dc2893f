#ifndef OXBOW_CZLIB_SHIM_H
#define OXBOW_CZLIB_SHIM_H
#include <zlib.h>
#endif
