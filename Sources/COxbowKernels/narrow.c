#include "oxbow_kernels.h"

void oxbow_narrow_pack(const oxbow_conv_shape *shape, const float *oihw, float *packed) {
    int64_t taps = (int64_t)shape->kernel * shape->kernel;
    for (int64_t i = 0; i < shape->input_channels; i++)
        for (int64_t k = 0; k < taps; k++)
            for (int64_t o = 0; o < shape->output_channels; o++)
                packed[(i * taps + k) * shape->output_channels + o] = oihw[(o * shape->input_channels + i) * taps + k];
}
