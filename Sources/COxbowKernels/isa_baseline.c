// What every machine of the architecture offers: SSE2, or NEON on arm64.
#define OX_LANES 4
#define OX_TABLE ox_kernels_baseline
#include "vector_kernels.h"
