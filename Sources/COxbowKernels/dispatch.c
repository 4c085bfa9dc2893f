// One ordered table of instruction sets; the calling thread's choice, else the best, serves each call.
#include "dispatch.h"

#include <pthread.h>

static const ox_vector_kernels *table_of(int32_t isa) {
#if defined(__x86_64__)
    if (isa == OXBOW_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
                && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
            ? &ox_kernels_avx512
            : NULL;
    if (isa == OXBOW_ISA_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &ox_kernels_avx2 : NULL;
#endif
    return isa == OXBOW_ISA_BASELINE ? &ox_kernels_baseline : NULL;
}

static int32_t best_isa = OXBOW_ISA_BASELINE;
static const ox_vector_kernels *best_table = &ox_kernels_baseline;
static pthread_once_t best_once = PTHREAD_ONCE_INIT;

static int32_t widest_isa = OXBOW_ISA_AVX512;

static void find_best(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    for (int32_t isa = OXBOW_ISA_BASELINE; isa <= widest_isa; isa++)
        if (table_of(isa)) {
            best_isa = isa;
            best_table = table_of(isa);
        }
}

static _Thread_local int32_t chosen_isa = -1;
static _Thread_local const ox_vector_kernels *chosen_table = NULL;

int32_t oxbow_best_isa(void) {
    pthread_once(&best_once, find_best);
    return best_isa;
}

int32_t oxbow_limit_isa(int32_t isa) {
    widest_isa = isa;
    return oxbow_best_isa() == isa;
}

int32_t oxbow_isa(void) { return chosen_isa < 0 ? oxbow_best_isa() : chosen_isa; }

int32_t oxbow_choose_isa(int32_t isa) {
    const ox_vector_kernels *table = isa < 0 ? NULL : table_of(isa);
    if (isa >= 0 && !table) return 0;
    chosen_isa = isa;
    chosen_table = table;
    return 1;
}

static const ox_vector_kernels *current_table(void) {
    if (chosen_table) return chosen_table;
    pthread_once(&best_once, find_best);
    return best_table;
}

#define OX_PUBLIC(name, parameters, arguments) \
    void oxbow_##name parameters { current_table()->name arguments; }
OX_VECTOR_KERNELS(OX_PUBLIC)
