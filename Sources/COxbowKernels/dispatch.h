// The kernels that are compiled once an instruction set, from the same source. A list entry is (name, parameters,
// arguments); the table, the public functions and each set's table are generated from it, so they cannot differ.
#pragma once

#include "oxbow_kernels.h"

#define OX_BN_POINT \
    const float *mean, const float *invstd, const float *gamma, const float *beta, float slope
#define OX_BN_POINT_VALUES mean, invstd, gamma, beta, slope

#define OX_VECTOR_KERNELS(ENTRY) \
    ENTRY(narrow_forward, (const oxbow_conv_shape *shape, const float *x, const float *packed, float *y), \
          (shape, x, packed, y)) \
    ENTRY(narrow_backward_data, \
          (const oxbow_conv_shape *shape, const float *y, const float *packed, int32_t first, int32_t count, \
           float *x), \
          (shape, y, packed, first, count, x)) \
    ENTRY(bn_statistics, (const float *x, int64_t rows, int64_t channels, double *mean, double *m2), \
          (x, rows, channels, mean, m2)) \
    ENTRY(bn_normalize, (const float *x, int64_t rows, int64_t channels, OX_BN_POINT, float *y), \
          (x, rows, channels, OX_BN_POINT_VALUES, y)) \
    ENTRY(bn_backward_sums, \
          (const float *x, const float *dy, int64_t rows, int64_t channels, OX_BN_POINT, double *sum_dz, \
           double *sum_dz_xhat), \
          (x, dy, rows, channels, OX_BN_POINT_VALUES, sum_dz, sum_dz_xhat)) \
    ENTRY(bn_backward, \
          (const float *x, const float *dy, int64_t rows, int64_t channels, OX_BN_POINT, const float *mean_dz, \
           const float *mean_dz_xhat, float *dx), \
          (x, dy, rows, channels, OX_BN_POINT_VALUES, mean_dz, mean_dz_xhat, dx)) \
    ENTRY(sum_rows, (const float *x, int64_t rows, int64_t channels, double *sum), (x, rows, channels, sum)) \
    ENTRY(add_bias, (const float *x, int64_t rows, int64_t channels, const float *bias, float *y), \
          (x, rows, channels, bias, y)) \
    ENTRY(leaky_relu, (const float *x, int64_t count, float slope, float *y), (x, count, slope, y)) \
    ENTRY(leaky_relu_backward, (const float *sign, const float *dy, int64_t count, float slope, float *dx), \
          (sign, dy, count, slope, dx)) \
    ENTRY(tanh, (const float *x, int64_t count, float *y), (x, count, y)) \
    ENTRY(tanh_backward, (const float *y, const float *dy, int64_t count, float *dx), (y, dy, count, dx)) \
    ENTRY(sigmoid, (const float *x, int64_t count, float *y), (x, count, y)) \
    ENTRY(sigmoid_backward, (const float *y, const float *dy, int64_t count, float *dx), (y, dy, count, dx)) \
    ENTRY(add_scaled, (const float *x, int64_t count, float a, float *y), (x, count, a, y)) \
    ENTRY(adam, \
          (float *parameter, const float *gradient, float *moment1, float *moment2, int64_t count, \
           const oxbow_adam_step *step), \
          (parameter, gradient, moment1, moment2, count, step)) \
    ENTRY(winograd_spread, \
          (int32_t form, int32_t map, const float *const *pixels, int64_t channels, float *to, int64_t stride), \
          (form, map, pixels, channels, to, stride)) \
    ENTRY(winograd_gather, \
          (int32_t form, int32_t map, const float *from, int64_t stride, int64_t channels, float *const *pixels), \
          (form, map, from, stride, channels, pixels))

#define OX_MEMBER(name, parameters, arguments) void(*name) parameters;
typedef struct {
    OX_VECTOR_KERNELS(OX_MEMBER)
} ox_vector_kernels;
#undef OX_MEMBER

extern const ox_vector_kernels ox_kernels_baseline;
#if defined(__x86_64__)
extern const ox_vector_kernels ox_kernels_avx2, ox_kernels_avx512;
#endif
