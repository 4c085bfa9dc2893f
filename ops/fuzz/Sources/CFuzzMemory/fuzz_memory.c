#define _GNU_SOURCE
#include "fuzz_memory.h"

#include <sys/mman.h>

// AddressSanitizer's interface (sanitizer/allocator_interface.h).
int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void *, size_t), void (*free_hook)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *);

// One thread fuzzes; whatever other threads take is none of its business.
static _Thread_local size_t held, peak;
static _Thread_local int is_counting;

static void taken(const volatile void *memory, size_t size) {
    (void)memory;
    if (!is_counting) return;
    held += size;
    if (held > peak) peak = held;
}

static void given_back(const volatile void *memory) {
    if (!is_counting) return;
    size_t size = __sanitizer_get_allocated_size(memory);
    // Memory of before may be given back as well: it must not make room for more.
    held = size < held ? held - size : 0;
}

void fuzz_memory_begin(void) {
    static int is_installed;
    if (!is_installed) is_installed = __sanitizer_install_malloc_and_free_hooks(taken, given_back);
    held = peak = 0;
    is_counting = 1;
}

size_t fuzz_memory_peak(void) {
    is_counting = 0;
    return peak;
}

int fuzz_memory_file(void) { return memfd_create("fuzz", 0); }
