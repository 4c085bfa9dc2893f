#include "dnnl_support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// OpenMP's runtime is used by oneDNN; its header belongs to another compiler.
extern void omp_set_num_threads(int threads);

static dnnl_engine_t shared_engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void create_engine(void) {
    if (dnnl_engine_create(&shared_engine, dnnl_cpu, 0) != dnnl_success) abort();
}

dnnl_engine_t ox_engine(void) {
    pthread_once(&engine_once, create_engine);
    return shared_engine;
}

static _Thread_local int wanted_threads = 1;
static _Thread_local int current_threads = 0;

void ox_use_threads(int threads) {
    if (current_threads == threads) return;
    omp_set_num_threads(threads);
    current_threads = threads;
}

void oxbow_set_threads(int32_t threads) {
    wanted_threads = threads;
    ox_use_threads(threads);
}

int32_t oxbow_threads(void) { return wanted_threads; }

bool ox_failed(dnnl_status_t status, const char *call, oxbow_error *error) {
    if (status == dnnl_success) return false;
    snprintf(error->message, sizeof error->message, "%s: %s", call, dnnl_status2str(status));
    return true;
}

void *ox_aligned(size_t bytes) {
    void *data = NULL;
    if (posix_memalign(&data, 64, bytes ? bytes : 64) != 0) abort();
    return data;
}

dnnl_status_t ox_layout_make(ox_layout *layout, int dimensions, const dnnl_dim_t *sizes, dnnl_format_tag_t tag) {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(&layout->desc, dimensions, sizes, dnnl_f32, tag);
#else
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&layout->desc, dimensions, sizes, dnnl_f32, tag);
#endif
    layout->exists = status == dnnl_success;
    return status;
}

dnnl_status_t ox_layout_copy(ox_layout *layout, ox_layout_ref from) {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_status_t status = dnnl_memory_desc_clone(&layout->desc, from);
#else
    dnnl_status_t status = dnnl_success;
    layout->desc = *from;
#endif
    layout->exists = status == dnnl_success;
    return status;
}

void ox_layout_free(ox_layout *layout) {
#if DNNL_VERSION_MAJOR >= 3
    if (layout->exists) dnnl_memory_desc_destroy(layout->desc);
#endif
    layout->exists = false;
}

dnnl_primitive_attr_t ox_attributes(oxbow_error *error) {
    dnnl_primitive_attr_t attributes = NULL;
    if (ox_failed(dnnl_primitive_attr_create(&attributes), "create attributes", error)) return NULL;
    if (ox_failed(
            dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user), "set scratchpad mode",
            error)) {
        dnnl_primitive_attr_destroy(attributes);
        return NULL;
    }
    return attributes;
}

const char *ox_implementation(dnnl_primitive_desc_t desc) {
    const char *name = NULL;
    if (dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name) != dnnl_success) return "unknown";
    return name;
}

static bool create_scratch(ox_operation *operation, dnnl_primitive_desc_t desc, oxbow_error *error) {
    ox_layout_ref layout = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    operation->scratch_data = ox_aligned(layout ? dnnl_memory_desc_get_size(layout) : 0);
    if (!layout || dnnl_memory_desc_get_size(layout) == 0) return true;
    if (ox_failed(
            dnnl_memory_create(&operation->scratch, layout, ox_engine(), operation->scratch_data),
            "create scratch memory", error))
        return false;
    operation->arguments[operation->count++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, operation->scratch};
    return true;
}

bool ox_operation_create(ox_operation *operation, dnnl_primitive_desc_t desc, oxbow_error *error) {
    memset(operation, 0, sizeof *operation);
    operation->threads = wanted_threads;
    bool good = !ox_failed(dnnl_primitive_create(&operation->primitive, desc), "create primitive", error)
        && !ox_failed(
            dnnl_stream_create(&operation->stream, ox_engine(), dnnl_stream_default_flags), "create stream", error)
        && create_scratch(operation, desc, error);
    dnnl_primitive_desc_destroy(desc);
    if (!good) ox_operation_free(operation);
    return good;
}

dnnl_memory_t ox_operation_argument(ox_operation *operation, int role, ox_layout_ref layout, oxbow_error *error) {
    dnnl_memory_t memory = NULL;
    if (ox_failed(dnnl_memory_create(&memory, layout, ox_engine(), NULL), "create memory", error)) return NULL;
    operation->arguments[operation->count++] = (dnnl_exec_arg_t){role, memory};
    return memory;
}

bool ox_bind(dnnl_memory_t memory, void *data, oxbow_error *error) {
    void *bound = NULL;
    if (dnnl_memory_get_data_handle(memory, &bound) == dnnl_success && bound == data) return true;
    return !ox_failed(dnnl_memory_set_data_handle(memory, data), "bind memory", error);
}

bool ox_operation_run(ox_operation *operation, oxbow_error *error) {
    // The scratch memory was sized for the thread count at creation.
    ox_use_threads(operation->threads);
    dnnl_status_t status =
        dnnl_primitive_execute(operation->primitive, operation->stream, operation->count, operation->arguments);
    return !ox_failed(status, "execute primitive", error)
        && !ox_failed(dnnl_stream_wait(operation->stream), "wait for stream", error);
}

void ox_operation_free(ox_operation *operation) {
    for (int i = 0; i < operation->count; i++) dnnl_memory_destroy(operation->arguments[i].memory);
    if (operation->primitive) dnnl_primitive_destroy(operation->primitive);
    if (operation->stream) dnnl_stream_destroy(operation->stream);
    free(operation->scratch_data);
    memset(operation, 0, sizeof *operation);
}

bool ox_reorder_create(
    ox_operation *operation, ox_layout_ref from, ox_layout_ref to, dnnl_memory_t *source, dnnl_memory_t *target,
    oxbow_error *error
) {
    dnnl_primitive_attr_t attributes = ox_attributes(error);
    if (!attributes) return false;
    ox_use_threads(wanted_threads);
    dnnl_primitive_desc_t desc = NULL;
    dnnl_status_t status =
        dnnl_reorder_primitive_desc_create(&desc, from, ox_engine(), to, ox_engine(), attributes);
    dnnl_primitive_attr_destroy(attributes);
    if (ox_failed(status, "describe reorder", error)) return false;
    if (!ox_operation_create(operation, desc, error)) return false;
    *source = ox_operation_argument(operation, DNNL_ARG_FROM, from, error);
    *target = ox_operation_argument(operation, DNNL_ARG_TO, to, error);
    return *source && *target;
}

const char *oxbow_dnnl_version(void) {
    static char text[32];
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    return text;
}

int32_t oxbow_limit_dnnl_isa(const char *name) {
#if defined(__x86_64__)
    static const struct {
        const char *name;
        dnnl_cpu_isa_t isa;
    } sets[] = {
        {"sse41", dnnl_cpu_isa_sse41},
        {"avx", dnnl_cpu_isa_avx},
        {"avx2", dnnl_cpu_isa_avx2},
        {"avx512_core", dnnl_cpu_isa_avx512_core},
        {"avx512_core_vnni", dnnl_cpu_isa_avx512_core_vnni},
        {"avx512_core_bf16", dnnl_cpu_isa_avx512_core_bf16},
        {"avx512_core_amx", dnnl_cpu_isa_avx512_core_amx},
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcmp(name, sets[i].name) == 0) {
            if (dnnl_set_max_cpu_isa(sets[i].isa) != dnnl_success) return 0;
            break;
        }
#endif
    return strcmp(name, oxbow_dnnl_isa()) == 0;
}

const char *oxbow_dnnl_isa(void) {
#if defined(__x86_64__)
    // Bits of the enumeration name features, so the widest set is found from the top.
    unsigned bits = (unsigned)dnnl_get_effective_cpu_isa();
    if ((bits & 0x3e7u) == 0x3e7u) return "avx512_core_amx";
    if ((bits & 0xe7u) == 0xe7u) return "avx512_core_bf16";
    if ((bits & 0x67u) == 0x67u) return "avx512_core_vnni";
    if ((bits & 0x27u) == 0x27u) return "avx512_core";
    if ((bits & 0x7u) == 0x7u) return "avx2";
    if ((bits & 0x3u) == 0x3u) return "avx";
    return "sse41";
#else
    return "asimd";
#endif
}
