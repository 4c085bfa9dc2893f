#pragma once
#include <stddef.h>

/// Counts what malloc gives from here on. Needs AddressSanitizer, whose hooks it uses.
void fuzz_memory_begin(void);

/// The most bytes that were held at one time since the beginning, of those that were taken since.
size_t fuzz_memory_peak(void);

/// An empty file that is only in memory; -1 if there cannot be one. Swift does not see Linux's own call.
int fuzz_memory_file(void);
