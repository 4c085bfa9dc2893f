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

/// One window for 8 channels: no branch, so that it becomes vector code. A value that is not a number wins, as in PyTorch.
static inline __attribute__((always_inline)) void window_maxima(
    const float *image, int32_t top, int32_t left, int32_t width, int32_t channels, int32_t kernel, int32_t count,
    float *y, int32_t *chosen
) {
    float best[8];
    int32_t place[8];
    for (int32_t c = 0; c < count; c++) {
        best[c] = image[((int64_t)top * width + left) * channels + c];
        place[c] = top * width + left;
    }
    for (int32_t kh = 0; kh < kernel; kh++)
        for (int32_t kw = 0; kw < kernel; kw++) {
            int32_t here = (top + kh) * width + left + kw;
            const float *x = image + (int64_t)here * channels;
            for (int32_t c = 0; c < count; c++) {
                int32_t wins = (x[c] > best[c]) | (x[c] != x[c]);
                best[c] = wins ? x[c] : best[c];
                place[c] = wins ? here : place[c];
            }
        }
    memcpy(y, best, sizeof(float) * (size_t)count);
    memcpy(chosen, place, sizeof(int32_t) * (size_t)count);
}

void oxbow_max_pool(
    const float *x, int32_t batch, int32_t height, int32_t width, int32_t channels, int32_t kernel, int32_t stride,
    float *y, int32_t *chosen
) {
    int32_t rows = (height - kernel) / stride + 1, columns = (width - kernel) / stride + 1;
    for (int32_t n = 0; n < batch; n++, x += (int64_t)height * width * channels)
        for (int32_t oh = 0; oh < rows; oh++)
            for (int32_t ow = 0; ow < columns; ow++, y += channels, chosen += channels) {
                int32_t c = 0;
                for (; c + 8 <= channels; c += 8)
                    window_maxima(x + c, oh * stride, ow * stride, width, channels, kernel, 8, y + c, chosen + c);
                if (c < channels)
                    window_maxima(
                        x + c, oh * stride, ow * stride, width, channels, kernel, channels - c, y + c, chosen + c);
            }
}

void oxbow_max_pool_backward(
    const float *dy, const int32_t *chosen, int32_t batch, int32_t height, int32_t width, int32_t channels,
    int32_t kernel, int32_t stride, float *dx
) {
    int32_t rows = (height - kernel) / stride + 1, columns = (width - kernel) / stride + 1;
    int64_t image_size = (int64_t)height * width * channels;
    memset(dx, 0, sizeof(float) * (size_t)(image_size * batch));
    for (int32_t n = 0; n < batch; n++, dx += image_size)
        for (int32_t i = 0; i < rows * columns; i++, dy += channels, chosen += channels)
            for (int32_t c = 0; c < channels; c++) dx[(int64_t)chosen[c] * channels + c] += dy[c];
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
