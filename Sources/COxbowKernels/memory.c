#include <malloc.h>

#include "oxbow_kernels.h"

void oxbow_keep_freed_blocks(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 0x7fffffff);
    mallopt(M_ARENA_MAX, 1);
#endif
}

void oxbow_return_freed_blocks(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
