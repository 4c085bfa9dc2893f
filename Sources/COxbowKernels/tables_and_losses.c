// Kernels that are a small part of a step: plain loops, with the library's exp and log in double.
#include <math.h>
#include <string.h>

#include "oxbow_kernels.h"

void oxbow_embedding(const float *table, const int32_t *indices, int64_t rows, int64_t width, float *y) {
    for (int64_t r = 0; r < rows; r++) memcpy(y + r * width, table + indices[r] * width, sizeof(float) * (size_t)width);
}

void oxbow_embedding_backward(const float *dy, const int32_t *indices, int64_t rows, int64_t width, float *dtable) {
    for (int64_t r = 0; r < rows; r++) {
        float *target = dtable + indices[r] * width;
        for (int64_t i = 0; i < width; i++) target[i] += dy[r * width + i];
    }
}

/// The maximum of one window of one channel, and its place in the image.
static float window_maximum(
    const float *image, int32_t top, int32_t left, int32_t width, int32_t channels, int32_t kernel, int32_t *place
) {
    *place = top * width + left;
    float best = image[(int64_t)*place * channels];
    for (int32_t kh = 0; kh < kernel; kh++)
        for (int32_t kw = 0; kw < kernel; kw++) {
            int32_t here = (top + kh) * width + left + kw;
            float value = image[(int64_t)here * channels];
            // A value that is not a number wins, as in PyTorch.
            if (value > best || value != value) {
                best = value;
                *place = here;
            }
        }
    return best;
}

void oxbow_max_pool(
    const float *x, int32_t batch, int32_t height, int32_t width, int32_t channels, int32_t kernel, int32_t stride,
    float *y, int32_t *chosen
) {
    int32_t rows = (height - kernel) / stride + 1, columns = (width - kernel) / stride + 1;
    int64_t at = 0;
    for (int32_t n = 0; n < batch; n++)
        for (int32_t oh = 0; oh < rows; oh++)
            for (int32_t ow = 0; ow < columns; ow++)
                for (int32_t c = 0; c < channels; c++, at++) {
                    const float *image = x + (int64_t)n * height * width * channels + c;
                    y[at] = window_maximum(image, oh * stride, ow * stride, width, channels, kernel, &chosen[at]);
                }
}

void oxbow_max_pool_backward(
    const float *dy, const int32_t *chosen, int32_t batch, int32_t height, int32_t width, int32_t channels,
    int32_t kernel, int32_t stride, float *dx
) {
    int32_t rows = (height - kernel) / stride + 1, columns = (width - kernel) / stride + 1;
    int64_t image_size = (int64_t)height * width * channels, outputs = (int64_t)rows * columns * channels;
    memset(dx, 0, sizeof(float) * (size_t)(image_size * batch));
    for (int32_t n = 0; n < batch; n++)
        for (int64_t i = 0; i < outputs; i++) {
            int64_t at = n * outputs + i;
            dx[n * image_size + (int64_t)chosen[at] * channels + i % channels] += dy[at];
        }
}

double oxbow_cross_entropy(
    const float *logits, const int32_t *targets, int64_t rows, int64_t classes, float scale, float *dlogits
) {
    double loss = 0;
    for (int64_t r = 0; r < rows; r++, logits += classes) {
        double largest = logits[0], sum = 0;
        for (int64_t c = 1; c < classes; c++) largest = logits[c] > largest ? logits[c] : largest;
        for (int64_t c = 0; c < classes; c++) sum += exp(logits[c] - largest);
        loss += log(sum) - (logits[targets[r]] - largest);
        if (!dlogits) continue;
        for (int64_t c = 0; c < classes; c++) {
            double probability = exp(logits[c] - largest) / sum;
            dlogits[r * classes + c] = (float)((probability - (c == targets[r])) * scale / (double)rows);
        }
    }
    return loss / (double)rows;
}

double oxbow_sigmoid_bce(const float *logits, int64_t count, float target, float scale, float *dlogits) {
    double loss = 0, t = target;
    for (int64_t i = 0; i < count; i++) {
        double x = logits[i], small = exp(-fabs(x)), tail = log1p(small);
        // -log(sigmoid(x)) and -log(1 - sigmoid(x)), each bounded as PyTorch bounds the logarithm.
        double if_one = fmin(tail + fmax(-x, 0), 100), if_zero = fmin(tail + fmax(x, 0), 100);
        loss += t * if_one + (1 - t) * if_zero;
        double probability = (x >= 0 ? 1 : small) / (1 + small);
        if (dlogits) dlogits[i] = (float)((probability - t) * scale / (double)count);
    }
    return loss / (double)count;
}
