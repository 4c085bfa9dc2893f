// A linear layer over oneDNN's inner product, with all tensors in plain row-major layouts.
#include <stdlib.h>
#include <string.h>

#include "dnnl_support.h"

/// One primitive: x, w, bias (or NULL) and y in the order of its arguments.
typedef struct {
    ox_operation operation;
    dnnl_memory_t x, w, bias, y;
    char implementation[64];
} stage;

struct oxbow_linear {
    ox_layout x, w, bias, y;
    // Forward and backward weights exist with and without a bias, since the primitive fixes it.
    stage forward[2], data, weights[2];
};

static bool make(ox_layout *layout, int dimensions, dnnl_dim_t a, dnnl_dim_t b, oxbow_error *error) {
    dnnl_dim_t sizes[2] = {a, b};
    dnnl_format_tag_t tag = dimensions == 1 ? dnnl_a : dnnl_ab;
    return !ox_failed(ox_layout_make(layout, dimensions, sizes, tag), "describe matrix", error);
}

#if DNNL_VERSION_MAJOR >= 3
static dnnl_status_t linear_desc(
    dnnl_primitive_desc_t *pd, const oxbow_linear *l, int kind, bool biased, dnnl_primitive_desc_t hint,
    dnnl_primitive_attr_t attributes
) {
    ox_layout_ref x = ox_layout_get(&l->x), w = ox_layout_get(&l->w), y = ox_layout_get(&l->y);
    ox_layout_ref bias = biased ? ox_layout_get(&l->bias) : NULL;
    if (kind == OXBOW_FORWARD)
        return dnnl_inner_product_forward_primitive_desc_create(
            pd, ox_engine(), dnnl_forward_training, x, w, bias, y, attributes);
    if (kind == OXBOW_BACKWARD_DATA)
        return dnnl_inner_product_backward_data_primitive_desc_create(pd, ox_engine(), x, w, y, hint, attributes);
    return dnnl_inner_product_backward_weights_primitive_desc_create(
        pd, ox_engine(), x, w, bias, y, hint, attributes);
}
#else
static dnnl_status_t linear_desc(
    dnnl_primitive_desc_t *pd, const oxbow_linear *l, int kind, bool biased, dnnl_primitive_desc_t hint,
    dnnl_primitive_attr_t attributes
) {
    dnnl_inner_product_desc_t desc;
    ox_layout_ref x = ox_layout_get(&l->x), w = ox_layout_get(&l->w), y = ox_layout_get(&l->y);
    ox_layout_ref bias = biased ? ox_layout_get(&l->bias) : NULL;
    dnnl_status_t status;
    if (kind == OXBOW_FORWARD)
        status = dnnl_inner_product_forward_desc_init(&desc, dnnl_forward_training, x, w, bias, y);
    else if (kind == OXBOW_BACKWARD_DATA)
        status = dnnl_inner_product_backward_data_desc_init(&desc, x, w, y);
    else
        status = dnnl_inner_product_backward_weights_desc_init(&desc, x, w, bias, y);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(pd, &desc, attributes, ox_engine(), hint);
}
#endif

static dnnl_primitive_desc_t described(const oxbow_linear *l, int kind, bool biased, oxbow_error *error) {
    dnnl_primitive_attr_t attributes = ox_attributes(error);
    if (!attributes) return NULL;
    dnnl_primitive_desc_t forward = NULL, pd = NULL;
    dnnl_status_t status = linear_desc(&forward, l, OXBOW_FORWARD, biased, NULL, attributes);
    if (status == dnnl_success && kind != OXBOW_FORWARD) {
        status = linear_desc(&pd, l, kind, biased, forward, attributes);
        dnnl_primitive_desc_destroy(forward);
    } else {
        pd = forward;
    }
    dnnl_primitive_attr_destroy(attributes);
    return ox_failed(status, "describe linear layer", error) ? NULL : pd;
}

static bool stage_create(stage *s, const oxbow_linear *l, int kind, bool biased, oxbow_error *error) {
    static const int roles[3][4] = {
        {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST},
        {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, 0, DNNL_ARG_DIFF_DST},
        {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_BIAS, DNNL_ARG_DIFF_DST},
    };
    dnnl_primitive_desc_t pd = described(l, kind, biased, error);
    if (!pd) return false;
    strncpy(s->implementation, ox_implementation(pd), sizeof s->implementation - 1);
    if (!ox_operation_create(&s->operation, pd, error)) return false;
    s->x = ox_operation_argument(&s->operation, roles[kind][0], ox_layout_get(&l->x), error);
    s->w = ox_operation_argument(&s->operation, roles[kind][1], ox_layout_get(&l->w), error);
    if (biased) s->bias = ox_operation_argument(&s->operation, roles[kind][2], ox_layout_get(&l->bias), error);
    s->y = ox_operation_argument(&s->operation, roles[kind][3], ox_layout_get(&l->y), error);
    return s->x && s->w && s->y && (s->bias || !biased);
}

static bool build(oxbow_linear *l, int batch, int inputs, int outputs, oxbow_error *error) {
    bool good = make(&l->x, 2, batch, inputs, error) && make(&l->w, 2, outputs, inputs, error)
        && make(&l->bias, 1, outputs, 0, error) && make(&l->y, 2, batch, outputs, error)
        && stage_create(&l->data, l, OXBOW_BACKWARD_DATA, false, error);
    for (int biased = 0; good && biased < 2; biased++)
        good = stage_create(&l->forward[biased], l, OXBOW_FORWARD, biased, error)
            && stage_create(&l->weights[biased], l, OXBOW_BACKWARD_WEIGHTS, biased, error);
    return good;
}

oxbow_linear *oxbow_linear_create(int32_t batch, int32_t inputs, int32_t outputs, oxbow_error *error) {
    error->message[0] = 0;
    ox_use_threads(oxbow_threads());
    oxbow_linear *linear = calloc(1, sizeof *linear);
    if (!linear) abort();
    if (build(linear, batch, inputs, outputs, error)) return linear;
    oxbow_linear_destroy(linear);
    return NULL;
}

void oxbow_linear_destroy(oxbow_linear *linear) {
    if (!linear) return;
    ox_operation_free(&linear->data.operation);
    for (int biased = 0; biased < 2; biased++) {
        ox_operation_free(&linear->forward[biased].operation);
        ox_operation_free(&linear->weights[biased].operation);
    }
    ox_layout_free(&linear->x);
    ox_layout_free(&linear->w);
    ox_layout_free(&linear->bias);
    ox_layout_free(&linear->y);
    free(linear);
}

const char *oxbow_linear_implementation(const oxbow_linear *linear, int32_t kind) {
    if (kind == OXBOW_FORWARD) return linear->forward[1].implementation;
    return kind == OXBOW_BACKWARD_DATA ? linear->data.implementation : linear->weights[1].implementation;
}

static int32_t run(stage *s, float *x, float *w, float *bias, float *y, oxbow_error *error) {
    bool good = ox_bind(s->x, x, error) && ox_bind(s->w, w, error) && ox_bind(s->y, y, error)
        && (!s->bias || ox_bind(s->bias, bias, error)) && ox_operation_run(&s->operation, error);
    return good ? 0 : -1;
}

int32_t oxbow_linear_forward(oxbow_linear *linear, float *x, float *w, float *bias, float *y, oxbow_error *error) {
    return run(&linear->forward[bias != NULL], x, w, bias, y, error);
}

int32_t oxbow_linear_backward_data(oxbow_linear *linear, float *dy, float *w, float *dx, oxbow_error *error) {
    return run(&linear->data, dx, w, NULL, dy, error);
}

int32_t oxbow_linear_backward_weights(
    oxbow_linear *linear, float *x, float *dy, float *dw, float *dbias, oxbow_error *error
) {
    return run(&linear->weights[dbias != NULL], x, dw, dbias, dy, error);
}
