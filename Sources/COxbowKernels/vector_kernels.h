// Compiles every vector kernel for one instruction set. The including file defines OX_LANES (floats a vector), OX_TABLE
// (the name of its table) and, where it needs more than the architecture's baseline, OX_TARGET.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dispatch.h"

#ifdef OX_TARGET
#pragma clang attribute push(OX_TARGET, apply_to = function)
#endif

#include "vector_types.h"
#include "vector_batch_norm.h"
#include "vector_elementwise.h"
#include "vector_narrow.h"
#include "vector_winograd.h"

#ifdef OX_TARGET
#pragma clang attribute pop
#endif

#define OX_ENTRY(name, parameters, arguments) .name = vector_##name,
const ox_vector_kernels OX_TABLE = {OX_VECTOR_KERNELS(OX_ENTRY)};
