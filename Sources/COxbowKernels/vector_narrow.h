// Convolutions between few input channels and many output channels. Weights are packed (IC, K, K, OC), so a tap's
// weights are one run over OC.

// ---- Forward: lanes are output channels ------------------------------------------------------------------------

/// The taps of one output position that lie inside the image.
typedef struct {
    int32_t first_row, last_row, first_column, last_column;  // taps first..<last
    int32_t top, left;                                       // x's row and column under tap 0
} window;

OX_INLINE int32_t at_least_zero(int32_t value) { return value > 0 ? value : 0; }
OX_INLINE int32_t lesser(int32_t a, int32_t b) { return a < b ? a : b; }

OX_INLINE window window_at(const oxbow_conv_shape *s, int32_t oh, int32_t ow) {
    int32_t top = oh * s->stride - s->padding, left = ow * s->stride - s->padding;
    return (window){
        at_least_zero(-top), lesser(s->kernel, s->input_height - top),
        at_least_zero(-left), lesser(s->kernel, s->input_width - left), top, left};
}

OX_INLINE void forward_block(
    const oxbow_conv_shape *s, const window *at, const float *image, const float *packed, float *y, int vectors,
    int lanes
) {
    vf sum[8] = {0};
    for (int32_t i = 0; i < s->input_channels; i++)
        for (int32_t kh = at->first_row; kh < at->last_row; kh++) {
            const float *row = image + ((int64_t)(at->top + kh) * s->input_width + at->left) * s->input_channels + i;
            const float *taps = packed + (int64_t)(i * s->kernel + kh) * s->kernel * s->output_channels;
            for (int32_t kw = at->first_column; kw < at->last_column; kw++) {
                vf value = (vf)row[kw * s->input_channels];
                for (int v = 0; v < vectors; v++)
                    sum[v] += value * load_some(taps + kw * s->output_channels + v * lanes, lanes);
            }
        }
    for (int v = 0; v < vectors; v++) store_some(y + v * lanes, sum[v], lanes);
}

static void vector_narrow_forward(const oxbow_conv_shape *shape, const float *x, const float *packed, float *y) {
    const oxbow_conv_shape s = *shape;
    int64_t image_size = (int64_t)s.input_height * s.input_width * s.input_channels;
    for (int32_t n = 0; n < s.batch; n++)
        for (int32_t oh = 0; oh < s.output_height; oh++)
            for (int32_t ow = 0; ow < s.output_width; ow++, y += s.output_channels) {
                window at = window_at(&s, oh, ow);
                int32_t c = 0;
                for (; c + 8 * OX_LANES <= s.output_channels; c += 8 * OX_LANES)
                    forward_block(&s, &at, x + n * image_size, packed + c, y + c, 8, OX_LANES);
                for (; c + OX_LANES <= s.output_channels; c += OX_LANES)
                    forward_block(&s, &at, x + n * image_size, packed + c, y + c, 1, OX_LANES);
                for (; c < s.output_channels; c++)
                    forward_block(&s, &at, x + n * image_size, packed + c, y + c, 1, 1);
            }
}

// ---- Backward data: a dot product over the output channels a pixel, so lanes are terms of one sum ---------------
//
// Pixels of a row that are one stride apart meet the same taps, on neighbouring outputs. So each phase of the stride
// is a row of its own in which the step is one: pixel j meets outputs j - t through taps phase + stride * t.

typedef struct {
    int32_t phase, taps;     // taps phase, phase + stride, ...
    int32_t first, count;    // x's column of pixel 0, and the number of pixels
    int32_t output;          // output column of pixel 0 under tap 0
} phase_row;

OX_INLINE phase_row phase_row_of(const oxbow_conv_shape *s, int32_t phase) {
    int32_t first = (phase + s->stride - s->padding % s->stride) % s->stride;
    return (phase_row){
        phase, phase < s->kernel ? (s->kernel - phase + s->stride - 1) / s->stride : 0, first,
        first < s->input_width ? (s->input_width - first + s->stride - 1) / s->stride : 0,
        (first + s->padding) / s->stride};
}

/// One of x's rows with one input channel: where its output rows and weights are.
typedef struct {
    const float *image, *weights;  // y's image, and the channel's packed weights
    int32_t row;                   // x's row + padding
} line;

#define OX_PIXELS 7

/// Adds one row of taps (a constant number) to the sums of OX_PIXELS neighbouring pixels. `y` is the first output under
/// the last tap; an output is loaded once for all pixels that it meets.
OX_INLINE void add_taps(
    vf *sum, float *rest, const float *y, const float *w, int64_t channels, int64_t tap_step, int taps
) {
    int64_t c = 0;
    for (; c + OX_LANES <= channels; c += OX_LANES) {
        vf weight[5];
#pragma clang loop unroll(full)
        for (int t = 0; t < taps; t++) weight[t] = load(w + t * tap_step + c);
#pragma clang loop unroll(full)
        for (int u = 0; u < OX_PIXELS + taps - 1; u++) {
            vf value = load(y + u * channels + c);
#pragma clang loop unroll(full)
            for (int t = 0; t < taps; t++) {
                int pixel = u - (taps - 1) + t;
                if (pixel >= 0 && pixel < OX_PIXELS) sum[pixel] += value * weight[t];
            }
        }
    }
    for (; c < channels; c++)
        for (int i = 0; i < OX_PIXELS; i++)
            for (int t = 0; t < taps; t++) rest[i] += y[(i - t + taps - 1) * channels + c] * w[t * tap_step + c];
}

/// x's rows reach these outputs: through tap rows first, first + stride, ... while `row - kh` is not negative.
OX_INLINE int32_t output_row(const oxbow_conv_shape *s, const line *at, int32_t kh) {
    int32_t oh = (at->row - kh) / s->stride;
    return at->row < kh || oh >= s->output_height ? -1 : oh;
}

/// OX_PIXELS pixels from j on whose outputs are all inside.
OX_INLINE void dot_inside(
    const oxbow_conv_shape *s, const line *at, const phase_row *p, int32_t j, int taps, float *sums
) {
    const int64_t channels = s->output_channels;
    vf sum[OX_PIXELS] = {0};
    float rest[OX_PIXELS] = {0};
    for (int32_t kh = at->row % s->stride; kh < s->kernel; kh += s->stride) {
        int32_t oh = output_row(s, at, kh);
        if (oh < 0) continue;
        const float *y = at->image + ((int64_t)oh * s->output_width + p->output + j - (taps - 1)) * channels;
        const float *w = at->weights + (int64_t)(kh * s->kernel + p->phase) * channels;
        add_taps(sum, rest, y, w, channels, s->stride * channels, taps);
    }
    for (int i = 0; i < OX_PIXELS; i++) sums[i] = lanes_sum(sum[i]) + rest[i];
}

/// One pixel, with any number of taps, some of which may lie outside.
OX_INLINE float dot_checked(const oxbow_conv_shape *s, const line *at, const phase_row *p, int32_t j) {
    const int64_t channels = s->output_channels;
    vf sum[4] = {0};
    float rest = 0;
    for (int32_t kh = at->row % s->stride; kh < s->kernel; kh += s->stride) {
        int32_t oh = output_row(s, at, kh);
        if (oh < 0) continue;
        for (int32_t t = 0; t < p->taps; t++) {
            int32_t ow = p->output + j - t;
            if (ow < 0 || ow >= s->output_width) continue;
            const float *w = at->weights + (int64_t)(kh * s->kernel + p->phase + s->stride * t) * channels;
            const float *y = at->image + ((int64_t)oh * s->output_width + ow) * channels;
            int64_t c = 0;
            for (; c + 4 * OX_LANES <= channels; c += 4 * OX_LANES)
                for (int v = 0; v < 4; v++) sum[v] += load(y + c + v * OX_LANES) * load(w + c + v * OX_LANES);
            for (; c + OX_LANES <= channels; c += OX_LANES) sum[0] += load(y + c) * load(w + c);
            for (; c < channels; c++) rest += y[c] * w[c];
        }
    }
    return lanes_sum((sum[0] + sum[1]) + (sum[2] + sum[3])) + rest;
}

/// All pixels of one phase in one row of x; `x` is the row's first pixel, `step` floats a pixel. `taps` is a constant,
/// or 0 for a number of taps that has no kernel of its own.
OX_INLINE void dot_row(
    const oxbow_conv_shape *s, const line *at, const phase_row *p, int taps, float *x, int64_t step
) {
    // Pixels inner..<outer have all their outputs inside.
    int32_t inner = lesser(p->count, at_least_zero(p->taps - 1 - p->output));
    int32_t outer = lesser(p->count, at_least_zero(s->output_width - p->output));
    int32_t j = 0;
    while (j < p->count) {
        float sums[OX_PIXELS];
        int pixels = 1;
        if (taps > 0 && j >= inner && j < outer && outer - inner >= OX_PIXELS) {
            // The last group may overlap its neighbour: the same pixel comes out the same.
            j = lesser(j, outer - OX_PIXELS);
            pixels = OX_PIXELS;
            dot_inside(s, at, p, j, taps, sums);
        } else {
            sums[0] = dot_checked(s, at, p, j);
        }
        for (int i = 0; i < pixels; i++) x[(int64_t)(p->first + (j + i) * s->stride) * step] = sums[i];
        j += pixels;
    }
}

static void dot_row_of(const oxbow_conv_shape *s, const line *at, const phase_row *p, float *x, int64_t step) {
    switch (p->taps) {
    case 1: dot_row(s, at, p, 1, x, step); break;
    case 2: dot_row(s, at, p, 2, x, step); break;
    case 3: dot_row(s, at, p, 3, x, step); break;
    case 4: dot_row(s, at, p, 4, x, step); break;
    case 5: dot_row(s, at, p, 5, x, step); break;
    default: dot_row(s, at, p, 0, x, step);
    }
}

static void vector_narrow_backward_data(
    const oxbow_conv_shape *shape, const float *y, const float *packed, int32_t first, int32_t count, float *x
) {
    const oxbow_conv_shape s = *shape;
    int64_t image_size = (int64_t)s.output_height * s.output_width * s.output_channels;
    int64_t filter_size = (int64_t)s.kernel * s.kernel * s.output_channels;
    for (int32_t n = 0; n < s.batch; n++)
        for (int32_t h = 0; h < s.input_height; h++, x += (int64_t)s.input_width * count)
            for (int32_t phase = 0; phase < s.stride; phase++) {
                phase_row p = phase_row_of(&s, phase);
                for (int32_t i = 0; i < count; i++) {
                    line at = {y + n * image_size, packed + (first + i) * filter_size, h + s.padding};
                    dot_row_of(&s, &at, &p, x + i, count);
                }
            }
}
