// The kernels of Oxbow: float32, images channels last (N, H, W, C), filters in PyTorch's OIHW.
//
// Arguments are checked by the Swift wrapper: nothing here checks a shape twice. Functions that can fail for reasons of
// oneDNN take an `oxbow_error`, and return NULL or non-zero. Functions that take no object are pure and reentrant.
// An object is used by one thread at a time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Errors and threads ----------------------------------------------------------------------------------------

/// What went wrong: the call that failed and the library's word for it.
typedef struct {
    char message[240];
} oxbow_error;

// Lets the heap keep freed blocks of any size instead of giving them back to the kernel. Before any thread starts.
void oxbow_keep_freed_blocks(void);

// Gives back to the kernel what is free now; what is freed later is kept as before.
void oxbow_return_freed_blocks(void);

/// How many threads a primitive created by the calling thread may use; 1 unless set.
void oxbow_set_threads(int32_t threads);
int32_t oxbow_threads(void);

// ---- Instruction sets of our own kernels -----------------------------------------------------------------------

enum { OXBOW_ISA_BASELINE = 0, OXBOW_ISA_AVX2 = 1, OXBOW_ISA_AVX512 = 2 };

/// The best set that this machine and this build offer.
int32_t oxbow_best_isa(void);
/// The set the calling thread uses: the best one unless the thread has chosen another.
int32_t oxbow_isa(void);
/// Takes this set for the best one, in all threads. To be called before anything else of the kernels; returns 0 if it was not, or
/// if the set is not offered.
int32_t oxbow_limit_isa(int32_t isa);
/// Lets the calling thread use another set; -1: the best again. Returns 0 if it is not offered.
int32_t oxbow_choose_isa(int32_t isa);

/// "2.6.3" and the widest instruction set oneDNN generates code for here.
const char *oxbow_dnnl_version(void);
const char *oxbow_dnnl_isa(void);
/// Takes this set, by the name that oxbow_dnnl_isa gives, for oneDNN's widest. To be called before anything else of oneDNN; returns 0
/// if it was not, or if the set is not known or not offered.
int32_t oxbow_limit_dnnl_isa(const char *name);

// ---- Convolution -----------------------------------------------------------------------------------------------

/// A plain convolution: x (N, IH, IW, IC), w (OC, IC, K, K), y (N, OH, OW, OC).
typedef struct {
    int32_t batch, input_channels, output_channels, input_height, input_width, output_height, output_width;
    int32_t kernel, stride, padding;
} oxbow_conv_shape;

enum { OXBOW_FORWARD = 0, OXBOW_BACKWARD_DATA = 1, OXBOW_BACKWARD_WEIGHTS = 2 };
enum { OXBOW_LAYOUT_CHANNELS_LAST = 0, OXBOW_LAYOUT_ANY = 1, OXBOW_LAYOUT_BLOCKED8 = 2 };

/// One pass of one shape over oneDNN: the primitive, its scratch memory and the reorders it needs.
typedef struct oxbow_conv_pass oxbow_conv_pass;

/// NULL with an empty message: oneDNN offers this shape and algorithm only by its reference code, or not at all.
oxbow_conv_pass *oxbow_conv_pass_create(
    const oxbow_conv_shape *shape, int32_t kind, int32_t winograd, int32_t layout, oxbow_error *error);
void oxbow_conv_pass_destroy(oxbow_conv_pass *pass);
/// Name of oneDNN's implementation, such as "jit:avx2".
const char *oxbow_conv_pass_implementation(const oxbow_conv_pass *pass);
/// Forward reads x and w and writes y; backward data reads y and w and writes x; backward weights reads x and y and
/// writes w (OIHW). `w` of the first two is packed for this pass.
int32_t oxbow_conv_pass_run(oxbow_conv_pass *pass, float *x, float *w, float *y, oxbow_error *error);

/// Runs the primitive alone, on zeros of its own in the layouts it chose: what there is to measure other code by.
int32_t oxbow_conv_pass_run_bare(oxbow_conv_pass *pass, oxbow_error *error);

/// Copies OIHW weights into the layout that a forward or backward data pass reads.
typedef struct oxbow_conv_packer oxbow_conv_packer;
oxbow_conv_packer *oxbow_conv_packer_create(const oxbow_conv_pass *pass, oxbow_error *error);
void oxbow_conv_packer_destroy(oxbow_conv_packer *packer);
/// Whether the packed weights are what this pass reads.
int32_t oxbow_conv_packer_fits(const oxbow_conv_packer *packer, const oxbow_conv_pass *pass);
int32_t oxbow_conv_packer_run(oxbow_conv_packer *packer, const float *oihw, oxbow_error *error);
/// The packed weights, owned by the packer.
float *oxbow_conv_packer_weights(oxbow_conv_packer *packer);

/// The plain definition, summed in double: the yardstick of every other convolution.
void oxbow_reference_conv_forward(const oxbow_conv_shape *shape, const float *x, const float *oihw, float *y);
void oxbow_reference_conv_backward_data(const oxbow_conv_shape *shape, const float *y, const float *oihw, float *x);
void oxbow_reference_conv_backward_weights(const oxbow_conv_shape *shape, const float *x, const float *y, float *oihw);

/// Narrow convolutions: few input channels, many output channels. Packed weights are (IC, K, K, OC).
void oxbow_narrow_pack(const oxbow_conv_shape *shape, const float *oihw, float *packed);
void oxbow_narrow_forward(const oxbow_conv_shape *shape, const float *x, const float *packed, float *y);
/// Writes input channels first..<first + count only: x is (N, IH, IW, count).
void oxbow_narrow_backward_data(
    const oxbow_conv_shape *shape, const float *y, const float *packed, int32_t first, int32_t count, float *x);

// ---- Winograd --------------------------------------------------------------------------------------------------

/// How one shape is computed by Winograd's method; constant once made, so that threads may share it.
///
/// Each pass is given scratch memory of its own: `oxbow_winograd_scratch_count` floats, 64-byte aligned.
typedef struct oxbow_winograd oxbow_winograd;
/// Whether the shape has a form here: 3x3 of stride 1, 4x4 of stride 2.
int32_t oxbow_winograd_offers(const oxbow_conv_shape *shape);
/// How many times fewer products a forward pass needs than the direct algorithm.
double oxbow_winograd_gain(const oxbow_winograd *winograd);
/// Of a shape that is offered.
oxbow_winograd *oxbow_winograd_create(const oxbow_conv_shape *shape);
void oxbow_winograd_destroy(oxbow_winograd *winograd);
int64_t oxbow_winograd_scratch_count(const oxbow_winograd *winograd, int32_t kind);
/// Floats of the packed filter of a forward or backward data pass, and of the scratch memory that packing needs.
int64_t oxbow_winograd_filter_count(const oxbow_winograd *winograd, int32_t kind);
int64_t oxbow_winograd_planes_count(const oxbow_winograd *winograd);
void oxbow_winograd_pack(
    const oxbow_winograd *winograd, int32_t kind, const float *oihw, float *packed, float *planes);
void oxbow_winograd_forward(
    const oxbow_winograd *winograd, const float *x, const float *filter, float *y, float *scratch);
void oxbow_winograd_backward_data(
    const oxbow_winograd *winograd, const float *y, const float *filter, float *x, float *scratch);
void oxbow_winograd_backward_weights(
    const oxbow_winograd *winograd, const float *x, const float *y, float *oihw, float *scratch);

// ---- Linear ----------------------------------------------------------------------------------------------------

/// y (N, O) = x (N, I) w^T + b, with w (O, I): three primitives of one shape.
typedef struct oxbow_linear oxbow_linear;
oxbow_linear *oxbow_linear_create(int32_t batch, int32_t inputs, int32_t outputs, oxbow_error *error);
void oxbow_linear_destroy(oxbow_linear *linear);
const char *oxbow_linear_implementation(const oxbow_linear *linear, int32_t kind);
int32_t oxbow_linear_forward(oxbow_linear *linear, float *x, float *w, float *bias, float *y, oxbow_error *error);
int32_t oxbow_linear_backward_data(oxbow_linear *linear, float *dy, float *w, float *dx, oxbow_error *error);
int32_t oxbow_linear_backward_weights(
    oxbow_linear *linear, float *x, float *dy, float *dw, float *dbias, oxbow_error *error);

// ---- Batch norm over rows x channels ---------------------------------------------------------------------------

/// max(z, slope * z): slope 1 is no activation, 0 is ReLU.
/// mean and m2 (sum of squares about the mean), one a channel.
void oxbow_bn_statistics(const float *x, int64_t rows, int64_t channels, double *mean, double *m2);
/// y = f((x - mean) * invstd * gamma + beta)
void oxbow_bn_normalize(
    const float *x, int64_t rows, int64_t channels, const float *mean, const float *invstd, const float *gamma,
    const float *beta, float slope, float *y);
/// Adds nothing to what was there: sum_dz and sum_dz_xhat are overwritten. dz = dy * f'(z), xhat = (x - mean) * invstd.
void oxbow_bn_backward_sums(
    const float *x, const float *dy, int64_t rows, int64_t channels, const float *mean, const float *invstd,
    const float *gamma, const float *beta, float slope, double *sum_dz, double *sum_dz_xhat);
/// dx = gamma * invstd * (dz - mean_dz - xhat * mean_dz_xhat); dx may be dy.
void oxbow_bn_backward(
    const float *x, const float *dy, int64_t rows, int64_t channels, const float *mean, const float *invstd,
    const float *gamma, const float *beta, float slope, const float *mean_dz, const float *mean_dz_xhat, float *dx);
/// Sum over rows of each channel.
void oxbow_sum_rows(const float *x, int64_t rows, int64_t channels, double *sum);
/// y = x + bias, row by row; y may be x.
void oxbow_add_bias(const float *x, int64_t rows, int64_t channels, const float *bias, float *y);

// ---- Elementwise (outputs may be inputs) -----------------------------------------------------------------------

void oxbow_leaky_relu(const float *x, int64_t count, float slope, float *y);
/// The slope is chosen by the sign of `sign`: the input, or the output if slope >= 0.
void oxbow_leaky_relu_backward(const float *sign, const float *dy, int64_t count, float slope, float *dx);
void oxbow_tanh(const float *x, int64_t count, float *y);
void oxbow_tanh_backward(const float *y, const float *dy, int64_t count, float *dx);
void oxbow_sigmoid(const float *x, int64_t count, float *y);
void oxbow_sigmoid_backward(const float *y, const float *dy, int64_t count, float *dx);
/// y += a * x
void oxbow_add_scaled(const float *x, int64_t count, float a, float *y);

typedef struct {
    float one_minus_beta1, beta2, one_minus_beta2, step_size, root_correction2, epsilon;
} oxbow_adam_step;
void oxbow_adam(
    float *parameter, const float *gradient, float *moment1, float *moment2, int64_t count,
    const oxbow_adam_step *step);

// ---- Tables, pools, losses -------------------------------------------------------------------------------------

void oxbow_embedding(const float *table, const int32_t *indices, int64_t rows, int64_t width, float *y);
/// Adds dy's rows to dtable's, in rising row order.
void oxbow_embedding_backward(const float *dy, const int32_t *indices, int64_t rows, int64_t width, float *dtable);

/// `chosen` is the place within x's image (h * W + w) of each output's maximum; the first of equals, as PyTorch.
void oxbow_max_pool(
    const float *x, int32_t batch, int32_t height, int32_t width, int32_t channels, int32_t kernel, int32_t stride,
    float *y, int32_t *chosen);
void oxbow_max_pool_backward(
    const float *dy, const int32_t *chosen, int32_t batch, int32_t height, int32_t width, int32_t channels,
    int32_t kernel, int32_t stride, float *dx);

/// Mean cross entropy of softmax(logits); dlogits (if not NULL) is its gradient times `scale`.
double oxbow_cross_entropy(
    const float *logits, const int32_t *targets, int64_t rows, int64_t classes, float scale, float *dlogits);
/// Mean binary cross entropy of sigmoid(logits) against one target; each sample's loss is at most 100.
double oxbow_sigmoid_bce(const float *logits, int64_t count, float target, float scale, float *dlogits);

#ifdef __cplusplus
}
#endif
