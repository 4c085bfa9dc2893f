// What the oneDNN users share: the engine, threads, layouts over both major versions of the C API, and primitives.
#pragma once

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>
#include <stdbool.h>

#include "oxbow_kernels.h"

// oneDNN 3 made memory descriptors opaque: an object to clone and destroy where 2.x has a struct to copy.
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t ox_layout_ref;
#else
typedef const dnnl_memory_desc_t *ox_layout_ref;
#endif

/// An owned memory layout.
typedef struct {
    dnnl_memory_desc_t desc;
    bool exists;
} ox_layout;

dnnl_status_t ox_layout_make(ox_layout *layout, int dimensions, const dnnl_dim_t *sizes, dnnl_format_tag_t tag);
dnnl_status_t ox_layout_copy(ox_layout *layout, ox_layout_ref from);
void ox_layout_free(ox_layout *layout);
static inline ox_layout_ref ox_layout_get(const ox_layout *layout) {
#if DNNL_VERSION_MAJOR >= 3
    return layout->desc;
#else
    return &layout->desc;
#endif
}
static inline bool ox_layout_same(ox_layout_ref a, ox_layout_ref b) { return dnnl_memory_desc_equal(a, b) != 0; }

/// One CPU engine serves the process: it holds no state that a primitive changes.
dnnl_engine_t ox_engine(void);

/// Sets the thread count that OpenMP gives the calling thread; does nothing when it is set already.
void ox_use_threads(int threads);

/// Writes "<call>: <status>" and returns true when the status is a failure.
bool ox_failed(dnnl_status_t status, const char *call, oxbow_error *error);

void *ox_aligned(size_t bytes);

/// A primitive with its stream, scratch memory, and argument list; created and run by one thread at a time.
typedef struct {
    dnnl_primitive_t primitive;
    dnnl_stream_t stream;
    dnnl_memory_t scratch;
    void *scratch_data;
    int threads;
    dnnl_exec_arg_t arguments[6];
    int count;
} ox_operation;

/// Takes ownership of `desc`, also on failure.
bool ox_operation_create(ox_operation *operation, dnnl_primitive_desc_t desc, oxbow_error *error);
/// Adds an argument of the layout; its data is bound later. NULL on failure.
dnnl_memory_t ox_operation_argument(ox_operation *operation, int role, ox_layout_ref layout, oxbow_error *error);
bool ox_operation_run(ox_operation *operation, oxbow_error *error);
void ox_operation_free(ox_operation *operation);

/// Points a memory object at data; nothing is done when it points there already, because oneDNN 2 writes the zero
/// padding of blocked layouts each time.
bool ox_bind(dnnl_memory_t memory, void *data, oxbow_error *error);

/// A reorder between two layouts of the same tensor.
bool ox_reorder_create(
    ox_operation *operation, ox_layout_ref from, ox_layout_ref to, dnnl_memory_t *source, dnnl_memory_t *target,
    oxbow_error *error);

/// User-managed scratch memory: no allocation while a primitive runs. NULL on failure.
dnnl_primitive_attr_t ox_attributes(oxbow_error *error);

/// The implementation's name; owned by the descriptor.
const char *ox_implementation(dnnl_primitive_desc_t desc);
