#if defined(__x86_64__)
#define OX_LANES 8
#define OX_TABLE ox_kernels_avx2
#define OX_TARGET __attribute__((target("avx2,fma")))
#include "vector_kernels.h"
#endif
