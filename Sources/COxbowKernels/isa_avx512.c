#if defined(__x86_64__)
#define OX_LANES 16
#define OX_TABLE ox_kernels_avx512
// Without the last word the compiler splits the vectors into halves.
#define OX_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"), min_vector_width(512)))
#include "vector_kernels.h"
#endif
