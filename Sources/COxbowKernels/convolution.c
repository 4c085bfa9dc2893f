// A convolution pass over oneDNN. x and y are channels last for the caller; where the primitive wants another
// layout, the pass reorders into a buffer of its own.
#include <stdlib.h>
#include <string.h>

#include "dnnl_support.h"

/// One image tensor of a pass: what the primitive sees, and the way from or to the caller's layout.
typedef struct {
    dnnl_memory_t memory;  // the primitive's argument
    bool reordered;
    ox_operation reorder;
    dnnl_memory_t outer;  // the caller's side of the reorder
    void *buffer;         // the primitive's side
} operand;

struct oxbow_conv_pass {
    int kind;
    ox_operation operation;
    operand x, y, w;
    ox_layout weights;  // what the primitive reads or writes
    ox_layout oihw;
    char implementation[64];
};

struct oxbow_conv_packer {
    ox_operation reorder;
    dnnl_memory_t from, to;
    ox_layout packed;
    float *data;
};

// ---- Description -----------------------------------------------------------------------------------------------

typedef struct {
    ox_layout x, w, y;
    dnnl_dims_t strides, dilates, padding, padding_end;
    dnnl_alg_kind_t algorithm;
} description;

static dnnl_format_tag_t image_tag(int layout) {
    if (layout == OXBOW_LAYOUT_ANY) return dnnl_format_tag_any;
    return layout == OXBOW_LAYOUT_BLOCKED8 ? dnnl_nChw8c : dnnl_nhwc;
}

/// The rows or columns of zeros that the last window reaches beyond the image.
static dnnl_dim_t end_padding(int input, int output, const oxbow_conv_shape *s) {
    dnnl_dim_t beyond = (dnnl_dim_t)(output - 1) * s->stride + s->kernel - input - s->padding;
    return beyond > 0 ? beyond : 0;
}

static bool image_layout(ox_layout *layout, int n, int c, int h, int w, dnnl_format_tag_t tag, oxbow_error *error) {
    dnnl_dim_t sizes[4] = {n, c, h, w};
    return !ox_failed(ox_layout_make(layout, 4, sizes, tag), "describe image", error);
}

static bool filter_layout(ox_layout *layout, const oxbow_conv_shape *s, dnnl_format_tag_t tag, oxbow_error *error) {
    dnnl_dim_t sizes[4] = {s->output_channels, s->input_channels, s->kernel, s->kernel};
    return !ox_failed(ox_layout_make(layout, 4, sizes, tag), "describe filter", error);
}

static void free_description(description *d) {
    ox_layout_free(&d->x);
    ox_layout_free(&d->w);
    ox_layout_free(&d->y);
}

static bool describe(description *d, const oxbow_conv_shape *s, int winograd, int layout, oxbow_error *error) {
    memset(d, 0, sizeof *d);
    d->algorithm = winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
    for (int i = 0; i < 2; i++) {
        d->strides[i] = s->stride;
        d->padding[i] = s->padding;
    }
    d->padding_end[0] = end_padding(s->input_height, s->output_height, s);
    d->padding_end[1] = end_padding(s->input_width, s->output_width, s);
    dnnl_format_tag_t tag = image_tag(layout);
    return image_layout(&d->x, s->batch, s->input_channels, s->input_height, s->input_width, tag, error)
        && image_layout(&d->y, s->batch, s->output_channels, s->output_height, s->output_width, tag, error)
        && filter_layout(&d->w, s, dnnl_format_tag_any, error);
}

#if DNNL_VERSION_MAJOR >= 3
static dnnl_status_t forward_desc(dnnl_primitive_desc_t *pd, const description *d, dnnl_primitive_attr_t attributes) {
    return dnnl_convolution_forward_primitive_desc_create(
        pd, ox_engine(), dnnl_forward_training, d->algorithm, ox_layout_get(&d->x), ox_layout_get(&d->w), NULL,
        ox_layout_get(&d->y), d->strides, d->dilates, d->padding, d->padding_end, attributes);
}

static dnnl_status_t backward_desc(
    dnnl_primitive_desc_t *pd, int kind, const description *d, dnnl_primitive_desc_t hint,
    dnnl_primitive_attr_t attributes
) {
    if (kind == OXBOW_BACKWARD_DATA)
        return dnnl_convolution_backward_data_primitive_desc_create(
            pd, ox_engine(), d->algorithm, ox_layout_get(&d->x), ox_layout_get(&d->w), ox_layout_get(&d->y),
            d->strides, d->dilates, d->padding, d->padding_end, hint, attributes);
    return dnnl_convolution_backward_weights_primitive_desc_create(
        pd, ox_engine(), d->algorithm, ox_layout_get(&d->x), ox_layout_get(&d->w), NULL, ox_layout_get(&d->y),
        d->strides, d->dilates, d->padding, d->padding_end, hint, attributes);
}
#else
static dnnl_status_t forward_desc(dnnl_primitive_desc_t *pd, const description *d, dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t desc;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &desc, dnnl_forward_training, d->algorithm, &d->x.desc, &d->w.desc, NULL, &d->y.desc, d->strides, d->padding,
        d->padding_end);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(pd, &desc, attributes, ox_engine(), NULL);
}

static dnnl_status_t backward_desc(
    dnnl_primitive_desc_t *pd, int kind, const description *d, dnnl_primitive_desc_t hint,
    dnnl_primitive_attr_t attributes
) {
    dnnl_convolution_desc_t desc;
    dnnl_status_t status;
    if (kind == OXBOW_BACKWARD_DATA)
        status = dnnl_convolution_backward_data_desc_init(
            &desc, d->algorithm, &d->x.desc, &d->w.desc, &d->y.desc, d->strides, d->padding, d->padding_end);
    else
        status = dnnl_convolution_backward_weights_desc_init(
            &desc, d->algorithm, &d->x.desc, &d->w.desc, NULL, &d->y.desc, d->strides, d->padding, d->padding_end);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(pd, &desc, attributes, ox_engine(), hint);
}
#endif

/// The primitive descriptor of a pass; NULL with an empty message when only reference code is offered.
static dnnl_primitive_desc_t pass_desc(int kind, const description *d, oxbow_error *error) {
    dnnl_primitive_attr_t attributes = ox_attributes(error);
    if (!attributes) return NULL;
    dnnl_primitive_desc_t forward = NULL, pd = NULL;
    dnnl_status_t status = forward_desc(&forward, d, attributes);
    if (status == dnnl_success && kind != OXBOW_FORWARD) {
        status = backward_desc(&pd, kind, d, forward, attributes);
        dnnl_primitive_desc_destroy(forward);
    } else {
        pd = forward;
    }
    dnnl_primitive_attr_destroy(attributes);
    if (status == dnnl_unimplemented) return NULL;
    if (ox_failed(status, "describe convolution", error)) return NULL;
    if (strncmp(ox_implementation(pd), "ref", 3) != 0) return pd;
    dnnl_primitive_desc_destroy(pd);
    return NULL;
}

// ---- Operands --------------------------------------------------------------------------------------------------

/// Adds the primitive's argument, and a reorder when its layout is not the caller's.
static bool operand_create(
    operand *o, ox_operation *operation, int role, ox_layout_ref wanted, ox_layout_ref given, bool written,
    oxbow_error *error
) {
    o->memory = ox_operation_argument(operation, role, wanted, error);
    if (!o->memory) return false;
    if (ox_layout_same(wanted, given)) return true;
    size_t bytes = dnnl_memory_desc_get_size(wanted);
    o->buffer = ox_aligned(bytes);
    memset(o->buffer, 0, bytes);
    o->reordered = true;
    dnnl_memory_t inner = NULL;
    bool good = written ? ox_reorder_create(&o->reorder, wanted, given, &inner, &o->outer, error)
                        : ox_reorder_create(&o->reorder, given, wanted, &o->outer, &inner, error);
    return good && ox_bind(inner, o->buffer, error) && ox_bind(o->memory, o->buffer, error);
}

static void operand_free(operand *o) {
    ox_operation_free(&o->reorder);
    free(o->buffer);
}

/// Before the primitive runs: binds the caller's data, or copies it in.
static bool operand_in(operand *o, void *data, oxbow_error *error) {
    if (!o->reordered) return ox_bind(o->memory, data, error);
    return ox_bind(o->outer, data, error) && ox_operation_run(&o->reorder, error);
}

static bool operand_prepare_out(operand *o, void *data, oxbow_error *error) {
    return ox_bind(o->reordered ? o->outer : o->memory, data, error);
}

static bool operand_out(operand *o, oxbow_error *error) {
    return !o->reordered || ox_operation_run(&o->reorder, error);
}

// ---- Pass ------------------------------------------------------------------------------------------------------

/// The layouts the primitive chose, by kind of pass; oneDNN names the written tensor "diff".
static const struct {
    int x_role, w_role, y_role;
    dnnl_query_t x, w, y;
} roles[3] = {
    {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
    {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST, dnnl_query_diff_src_md, dnnl_query_weights_md,
     dnnl_query_diff_dst_md},
    {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, dnnl_query_src_md, dnnl_query_diff_weights_md,
     dnnl_query_diff_dst_md},
};

typedef struct {
    ox_layout x, y;
} image_layouts;

static bool copy_layout(ox_layout *layout, dnnl_primitive_desc_t pd, dnnl_query_t what, oxbow_error *error) {
    return !ox_failed(ox_layout_copy(layout, dnnl_primitive_desc_query_md(pd, what, 0)), "query layout", error);
}

static bool create_operands(
    oxbow_conv_pass *pass, const oxbow_conv_shape *s, const image_layouts *wanted, oxbow_error *error
) {
    int kind = pass->kind;
    image_layouts given = {0};
    ox_layout_ref w = ox_layout_get(&pass->weights);
    // Weights are packed beforehand where they are read; a gradient comes back as OIHW.
    ox_layout_ref outer = kind == OXBOW_BACKWARD_WEIGHTS ? ox_layout_get(&pass->oihw) : w;
    bool good =
        image_layout(&given.x, s->batch, s->input_channels, s->input_height, s->input_width, dnnl_nhwc, error)
        && image_layout(&given.y, s->batch, s->output_channels, s->output_height, s->output_width, dnnl_nhwc, error)
        && operand_create(
            &pass->x, &pass->operation, roles[kind].x_role, ox_layout_get(&wanted->x), ox_layout_get(&given.x),
            kind == OXBOW_BACKWARD_DATA, error)
        && operand_create(
            &pass->y, &pass->operation, roles[kind].y_role, ox_layout_get(&wanted->y), ox_layout_get(&given.y),
            kind == OXBOW_FORWARD, error)
        && operand_create(
            &pass->w, &pass->operation, roles[kind].w_role, w, outer, kind == OXBOW_BACKWARD_WEIGHTS, error);
    ox_layout_free(&given.x);
    ox_layout_free(&given.y);
    return good;
}

static bool build(oxbow_conv_pass *pass, const oxbow_conv_shape *s, dnnl_primitive_desc_t pd, oxbow_error *error) {
    image_layouts wanted = {0};
    strncpy(pass->implementation, ox_implementation(pd), sizeof pass->implementation - 1);
    bool copied = filter_layout(&pass->oihw, s, dnnl_oihw, error)
        && copy_layout(&wanted.x, pd, roles[pass->kind].x, error)
        && copy_layout(&wanted.y, pd, roles[pass->kind].y, error)
        && copy_layout(&pass->weights, pd, roles[pass->kind].w, error);
    if (!copied) dnnl_primitive_desc_destroy(pd);
    bool good = copied && ox_operation_create(&pass->operation, pd, error) && create_operands(pass, s, &wanted, error);
    ox_layout_free(&wanted.x);
    ox_layout_free(&wanted.y);
    return good;
}

oxbow_conv_pass *oxbow_conv_pass_create(
    const oxbow_conv_shape *shape, int32_t kind, int32_t winograd, int32_t layout, oxbow_error *error
) {
    error->message[0] = 0;
    ox_use_threads(oxbow_threads());
    description d;
    dnnl_primitive_desc_t pd = NULL;
    if (describe(&d, shape, winograd, layout, error)) pd = pass_desc(kind, &d, error);
    free_description(&d);
    if (!pd) return NULL;
    oxbow_conv_pass *pass = calloc(1, sizeof *pass);
    if (!pass) abort();
    pass->kind = kind;
    if (build(pass, shape, pd, error)) return pass;
    oxbow_conv_pass_destroy(pass);
    return NULL;
}

void oxbow_conv_pass_destroy(oxbow_conv_pass *pass) {
    if (!pass) return;
    ox_operation_free(&pass->operation);
    operand_free(&pass->x);
    operand_free(&pass->y);
    operand_free(&pass->w);
    ox_layout_free(&pass->weights);
    ox_layout_free(&pass->oihw);
    free(pass);
}

const char *oxbow_conv_pass_implementation(const oxbow_conv_pass *pass) { return pass->implementation; }

int32_t oxbow_conv_pass_run(oxbow_conv_pass *pass, float *x, float *w, float *y, oxbow_error *error) {
    operand *written = pass->kind == OXBOW_FORWARD ? &pass->y : pass->kind == OXBOW_BACKWARD_DATA ? &pass->x : &pass->w;
    operand *operands[3] = {&pass->x, &pass->w, &pass->y};
    float *data[3] = {x, w, y};
    for (int i = 0; i < 3; i++) {
        bool good = operands[i] == written ? operand_prepare_out(operands[i], data[i], error)
                                           : operand_in(operands[i], data[i], error);
        if (!good) return -1;
    }
    return ox_operation_run(&pass->operation, error) && operand_out(written, error) ? 0 : -1;
}

/// The pass's own copy of a tensor: what a reorder would fill, or memory of zeros.
static bool own_operand(operand *o, ox_layout_ref layout, oxbow_error *error) {
    if (o->reordered) return true;
    if (!o->buffer) {
        size_t bytes = dnnl_memory_desc_get_size(layout);
        o->buffer = ox_aligned(bytes);
        memset(o->buffer, 0, bytes);
    }
    return ox_bind(o->memory, o->buffer, error);
}

static ox_layout_ref layout_of(dnnl_memory_t memory) {
    ox_layout_ref layout = NULL;
    return dnnl_memory_get_memory_desc(memory, &layout) == dnnl_success ? layout : NULL;
}

int32_t oxbow_conv_pass_run_bare(oxbow_conv_pass *pass, oxbow_error *error) {
    operand *operands[3] = {&pass->x, &pass->w, &pass->y};
    for (int i = 0; i < 3; i++)
        if (!own_operand(operands[i], layout_of(operands[i]->memory), error)) return -1;
    return ox_operation_run(&pass->operation, error) ? 0 : -1;
}

// ---- Packed weights --------------------------------------------------------------------------------------------

oxbow_conv_packer *oxbow_conv_packer_create(const oxbow_conv_pass *pass, oxbow_error *error) {
    oxbow_conv_packer *packer = calloc(1, sizeof *packer);
    if (!packer) abort();
    ox_layout_ref packed = ox_layout_get(&pass->weights);
    size_t bytes = dnnl_memory_desc_get_size(packed);
    packer->data = ox_aligned(bytes);
    memset(packer->data, 0, bytes);
    if (!ox_failed(ox_layout_copy(&packer->packed, packed), "copy layout", error)
        && ox_reorder_create(&packer->reorder, ox_layout_get(&pass->oihw), packed, &packer->from, &packer->to, error)
        && ox_bind(packer->to, packer->data, error))
        return packer;
    oxbow_conv_packer_destroy(packer);
    return NULL;
}

void oxbow_conv_packer_destroy(oxbow_conv_packer *packer) {
    if (!packer) return;
    ox_operation_free(&packer->reorder);
    ox_layout_free(&packer->packed);
    free(packer->data);
    free(packer);
}

int32_t oxbow_conv_packer_fits(const oxbow_conv_packer *packer, const oxbow_conv_pass *pass) {
    return ox_layout_same(ox_layout_get(&packer->packed), ox_layout_get(&pass->weights));
}

int32_t oxbow_conv_packer_run(oxbow_conv_packer *packer, const float *oihw, oxbow_error *error) {
    return ox_bind(packer->from, (void *)oihw, error) && ox_operation_run(&packer->reorder, error) ? 0 : -1;
}

float *oxbow_conv_packer_weights(oxbow_conv_packer *packer) { return packer->data; }
