// Convolution by its definition: never tuned, summed in double.
#include <string.h>

#include "oxbow_kernels.h"

/// x's row or column under output `o` and tap `k`; outside the image it meets padding.
static inline int32_t place(const oxbow_conv_shape *s, int32_t o, int32_t k) { return o * s->stride + k - s->padding; }

static inline int64_t x_index(const oxbow_conv_shape *s, int32_t n, int32_t h, int32_t w) {
    return (((int64_t)n * s->input_height + h) * s->input_width + w) * s->input_channels;
}

static inline int64_t y_index(const oxbow_conv_shape *s, int32_t n, int32_t h, int32_t w) {
    return (((int64_t)n * s->output_height + h) * s->output_width + w) * s->output_channels;
}

static inline int64_t w_index(const oxbow_conv_shape *s, int32_t o, int32_t i, int32_t kh, int32_t kw) {
    return (((int64_t)o * s->input_channels + i) * s->kernel + kh) * s->kernel + kw;
}

static inline int inside(const oxbow_conv_shape *s, int32_t h, int32_t w) {
    return h >= 0 && h < s->input_height && w >= 0 && w < s->input_width;
}

static float output_at(
    const oxbow_conv_shape *s, const float *x, const float *oihw, int32_t n, int32_t oh, int32_t ow, int32_t o
) {
    double sum = 0;
    for (int32_t kh = 0; kh < s->kernel; kh++)
        for (int32_t kw = 0; kw < s->kernel; kw++) {
            int32_t h = place(s, oh, kh), w = place(s, ow, kw);
            if (!inside(s, h, w)) continue;
            for (int32_t i = 0; i < s->input_channels; i++)
                sum += (double)x[x_index(s, n, h, w) + i] * oihw[w_index(s, o, i, kh, kw)];
        }
    return (float)sum;
}

void oxbow_reference_conv_forward(const oxbow_conv_shape *s, const float *x, const float *oihw, float *y) {
    for (int32_t n = 0; n < s->batch; n++)
        for (int32_t oh = 0; oh < s->output_height; oh++)
            for (int32_t ow = 0; ow < s->output_width; ow++)
                for (int32_t o = 0; o < s->output_channels; o++)
                    y[y_index(s, n, oh, ow) + o] = output_at(s, x, oihw, n, oh, ow, o);
}

static float input_gradient_at(
    const oxbow_conv_shape *s, const float *y, const float *oihw, int32_t n, int32_t h, int32_t w, int32_t i
) {
    double sum = 0;
    for (int32_t oh = 0; oh < s->output_height; oh++)
        for (int32_t ow = 0; ow < s->output_width; ow++) {
            int32_t kh = h - place(s, oh, 0), kw = w - place(s, ow, 0);
            if (kh < 0 || kh >= s->kernel || kw < 0 || kw >= s->kernel) continue;
            for (int32_t o = 0; o < s->output_channels; o++)
                sum += (double)y[y_index(s, n, oh, ow) + o] * oihw[w_index(s, o, i, kh, kw)];
        }
    return (float)sum;
}

void oxbow_reference_conv_backward_data(const oxbow_conv_shape *s, const float *y, const float *oihw, float *x) {
    for (int32_t n = 0; n < s->batch; n++)
        for (int32_t h = 0; h < s->input_height; h++)
            for (int32_t w = 0; w < s->input_width; w++)
                for (int32_t i = 0; i < s->input_channels; i++)
                    x[x_index(s, n, h, w) + i] = input_gradient_at(s, y, oihw, n, h, w, i);
}

static float weight_gradient_at(
    const oxbow_conv_shape *s, const float *x, const float *y, int32_t o, int32_t i, int32_t kh, int32_t kw
) {
    double sum = 0;
    for (int32_t n = 0; n < s->batch; n++)
        for (int32_t oh = 0; oh < s->output_height; oh++)
            for (int32_t ow = 0; ow < s->output_width; ow++) {
                int32_t h = place(s, oh, kh), w = place(s, ow, kw);
                if (inside(s, h, w)) sum += (double)x[x_index(s, n, h, w) + i] * y[y_index(s, n, oh, ow) + o];
            }
    return (float)sum;
}

void oxbow_reference_conv_backward_weights(const oxbow_conv_shape *s, const float *x, const float *y, float *oihw) {
    for (int32_t o = 0; o < s->output_channels; o++)
        for (int32_t i = 0; i < s->input_channels; i++)
            for (int32_t kh = 0; kh < s->kernel; kh++)
                for (int32_t kw = 0; kw < s->kernel; kw++)
                    oihw[w_index(s, o, i, kh, kw)] = weight_gradient_at(s, x, y, o, i, kh, kw);
}
