// Winograd's convolution over oneDNN's matrix product, for square kernels of stride s whose side is s * taps.
//
// A pixel of x with row s * g + p - padding belongs to phase p at grid place g; on each phase the layer is a dense
// convolution of `taps` taps, so a 4x4 convolution of stride 2 is four of 2x2 whose results add up, and Winograd's
// method serves it too. Tiles of the grid become coefficients (spread), coefficients of all tiles are multiplied by
// those of the filter, one matrix product for each coefficient, and the products become pixels again (gather). It works
// through the batch in chunks of images that stay in the outer caches.
#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "dnnl_support.h"

// See vector_winograd.h.
enum { FORM_43, FORM_42, FORM_32 };
enum { SPREAD_INPUT, SPREAD_GRADIENT, SPREAD_FILTER };
enum { GATHER_OUTPUT, GATHER_FILTER_GRADIENT };
// Generated with the other vector kernels in dispatch.c, for nobody else.
void oxbow_winograd_spread(
    int32_t form, int32_t map, const float *const *pixels, int64_t channels, float *to, int64_t stride);
void oxbow_winograd_gather(
    int32_t form, int32_t map, const float *from, int64_t stride, int64_t channels, float *const *pixels);

static const struct {
    int outputs, side;
} forms[3] = {{4, 6}, {4, 5}, {3, 4}};

/// How the tiles of one pass lie: so many a direction, on a grid that begins at `first`.
typedef struct {
    int form, outputs, side, coefficients;
    int first, rows, columns;  // grid
    int tile_rows, tile_columns;
    int images;  // a chunk
} tiling;

struct oxbow_winograd {
    oxbow_conv_shape shape;
    int taps, phases;
    tiling forward, data;
    /// Zeros, for pixels outside an image.
    float *outside;
};

// Floats of coefficients that a chunk may hold on either side of the product.
enum { CHUNK_FLOATS = 1 << 19 };
// A row of coefficients is this much longer than its contents, so that they do not compete for the same cache sets.
enum { ROW_GAP = 16 };
// Wider filters are stored in panels of columns, each a matrix of its own: oneDNN's product is faster on those.
enum { WIDEST_FILTER = 256, PANEL = 128 };

// ---- Shapes ----------------------------------------------------------------------------------------------------

static int divided_up(int value, int by) { return (value + by - 1) / by; }

static int64_t tiles_of(const tiling *t) { return (int64_t)t->tile_rows * t->tile_columns; }

static tiling with_form(tiling t, int form) {
    t.form = form;
    t.outputs = forms[form].outputs;
    t.side = forms[form].side;
    t.coefficients = t.side * t.side;
    t.tile_rows = divided_up(t.rows, t.outputs);
    t.tile_columns = divided_up(t.columns, t.outputs);
    return t;
}

/// The form with the fewest products; of equals the one with fewer tiles.
static tiling choose(tiling t, int taps, int batch, int64_t widest) {
    t = with_form(t, taps == 3 ? FORM_43 : FORM_42);
    if (taps == 2) {
        tiling small = with_form(t, FORM_32);
        if (tiles_of(&small) * small.coefficients < tiles_of(&t) * t.coefficients) t = small;
    }
    int64_t images = CHUNK_FLOATS / (t.coefficients * tiles_of(&t) * widest);
    t.images = images < 1 ? 1 : images > batch ? batch : (int)images;
    return t;
}

int32_t oxbow_winograd_offers(const oxbow_conv_shape *s) {
    bool three = s->kernel == 3 && s->stride == 1, four = s->kernel == 4 && s->stride == 2;
    return (three || four) && s->padding < s->kernel;
}

oxbow_winograd *oxbow_winograd_create(const oxbow_conv_shape *s) {
    oxbow_winograd *w = calloc(1, sizeof *w);
    if (!w) abort();
    w->shape = *s;
    w->taps = s->kernel / s->stride;
    w->phases = s->stride * s->stride;
    int64_t x_channels = (int64_t)w->phases * s->input_channels, y_channels = s->output_channels;
    int64_t widest = x_channels > y_channels ? x_channels : y_channels;
    tiling forward = {.rows = s->output_height, .columns = s->output_width};
    // The first and the last grid place of which any phase is a pixel.
    int first = divided_up(s->padding - s->stride + 1 > 0 ? s->padding - s->stride + 1 : 0, s->stride);
    tiling data = {
        .first = first,
        .rows = (s->input_height - 1 + s->padding) / s->stride - first + 1,
        .columns = (s->input_width - 1 + s->padding) / s->stride - first + 1,
    };
    w->forward = choose(forward, w->taps, s->batch, widest);
    w->data = choose(data, w->taps, s->batch, widest);
    int64_t channels = s->input_channels > y_channels ? s->input_channels : y_channels;
    w->outside = ox_aligned((size_t)channels * sizeof(float));
    memset(w->outside, 0, (size_t)channels * sizeof(float));
    return w;
}

void oxbow_winograd_destroy(oxbow_winograd *w) {
    if (!w) return;
    free(w->outside);
    free(w);
}

double oxbow_winograd_gain(const oxbow_winograd *w) {
    const oxbow_conv_shape *s = &w->shape;
    double direct = (double)s->output_height * s->output_width * s->kernel * s->kernel;
    return direct / ((double)tiles_of(&w->forward) * w->forward.coefficients * w->phases);
}

static int64_t filter_area(const oxbow_winograd *w) {
    return (int64_t)w->shape.input_channels * w->shape.output_channels;
}

int64_t oxbow_winograd_filter_count(const oxbow_winograd *w, int32_t kind) {
    const tiling *t = kind == OXBOW_FORWARD ? &w->forward : &w->data;
    return t->coefficients * w->phases * filter_area(w);
}

static int64_t x_row(const oxbow_winograd *w) { return (int64_t)w->phases * w->shape.input_channels; }

/// Floats from one coefficient of a chunk to the next.
static int64_t stride_of(const tiling *t, int64_t row) { return t->images * tiles_of(t) * row + ROW_GAP; }

int64_t oxbow_winograd_scratch_count(const oxbow_winograd *w, int32_t kind) {
    const tiling *t = kind == OXBOW_BACKWARD_DATA ? &w->data : &w->forward;
    int64_t coefficients = t->coefficients * (stride_of(t, x_row(w)) + stride_of(t, w->shape.output_channels));
    // And a pixel's channels that nobody reads.
    if (kind != OXBOW_BACKWARD_WEIGHTS) return coefficients + x_row(w) + w->shape.output_channels;
    int64_t taps = w->shape.kernel * w->shape.kernel;
    return coefficients + (t->coefficients * w->phases + taps) * filter_area(w);
}

// ---- Tiles -----------------------------------------------------------------------------------------------------

/// An image's pixels as the grid sees them: the pixel of grid place g lies at row scale * g + offset.
typedef struct {
    float *data;
    int height, width, channels, scale, row_offset, column_offset;
} grid_image;

/// Pointers to side x side pixels from grid place (row, column) on; `outside` stands for those beyond the image.
static void locate(const grid_image *image, int row, int column, int side, float *outside, float **pixels) {
    for (int i = 0; i < side; i++) {
        int y = image->scale * (row + i) + image->row_offset;
        for (int j = 0; j < side; j++) {
            int x = image->scale * (column + j) + image->column_offset;
            bool inside = y >= 0 && y < image->height && x >= 0 && x < image->width;
            pixels[i * side + j] =
                inside ? image->data + ((int64_t)y * image->width + x) * image->channels : outside;
        }
    }
}

static grid_image x_image(const oxbow_winograd *w, float *x, int image, int phase) {
    const oxbow_conv_shape *s = &w->shape;
    int64_t size = (int64_t)s->input_height * s->input_width * s->input_channels;
    return (grid_image){
        x + image * size, s->input_height, s->input_width, s->input_channels, s->stride,
        phase / s->stride - s->padding, phase % s->stride - s->padding};
}

static grid_image y_image(const oxbow_winograd *w, float *y, int image) {
    const oxbow_conv_shape *s = &w->shape;
    int64_t size = (int64_t)s->output_height * s->output_width * s->output_channels;
    return (grid_image){y + image * size, s->output_height, s->output_width, s->output_channels, 1, 0, 0};
}

/// Coefficients of one image's tiles. `origin` is added to a tile's grid place, `side` its pixels a direction.
static void spread_image(
    const oxbow_winograd *w, const tiling *t, const grid_image *image, int origin, int side, int map, float *to,
    int64_t row, int64_t stride
) {
    float *pixels[36];
    for (int i = 0; i < t->tile_rows; i++)
        for (int j = 0; j < t->tile_columns; j++, to += row) {
            locate(image, origin + i * t->outputs, origin + j * t->outputs, side, w->outside, pixels);
            oxbow_winograd_spread(t->form, map, (const float *const *)pixels, image->channels, to, stride);
        }
}

/// The image's pixels from the coefficients; what lies beyond it goes to `sink`.
static void gather_image(
    const tiling *t, const grid_image *image, const float *from, int64_t row, int64_t stride, float *sink
) {
    float *pixels[36];
    for (int i = 0; i < t->tile_rows; i++)
        for (int j = 0; j < t->tile_columns; j++, from += row) {
            locate(image, t->first + i * t->outputs, t->first + j * t->outputs, t->outputs, sink, pixels);
            oxbow_winograd_gather(t->form, GATHER_OUTPUT, from, stride, image->channels, pixels);
        }
}

/// Coefficients of x, all phases side by side, of `count` images.
static void spread_x(const oxbow_winograd *w, float *x, int first, int count, float *to, int64_t stride) {
    const tiling *t = &w->forward;
    int64_t row = x_row(w), image_rows = tiles_of(t) * row;
    for (int image = 0; image < count; image++)
        for (int phase = 0; phase < w->phases; phase++) {
            grid_image source = x_image(w, x, first + image, phase);
            float *target = to + image * image_rows + (int64_t)phase * w->shape.input_channels;
            spread_image(w, t, &source, 0, t->side, SPREAD_INPUT, target, row, stride);
        }
}

static void spread_y(
    const oxbow_winograd *w, const tiling *t, float *y, int first, int count, int origin, int side, int map, float *to,
    int64_t stride
) {
    int64_t row = w->shape.output_channels;
    for (int image = 0; image < count; image++) {
        grid_image source = y_image(w, y, first + image);
        spread_image(w, t, &source, origin, side, map, to + image * tiles_of(t) * row, row, stride);
    }
}

// ---- Filters ---------------------------------------------------------------------------------------------------

/// to (columns, rows) = from (rows, columns), `gap` floats between the values of `from`.
static void turn(const float *from, int64_t rows, int64_t columns, int64_t gap, float *to) {
    enum { BLOCK = 16 };
    for (int64_t r = 0; r < rows; r += BLOCK)
        for (int64_t c = 0; c < columns; c += BLOCK)
            for (int64_t j = c; j < columns && j < c + BLOCK; j++)
                for (int64_t i = r; i < rows && i < r + BLOCK; i++) to[j * rows + i] = from[(i * columns + j) * gap];
}

/// The planes of one phase's taps; those of a backward data pass in reverse.
static void locate_taps(const oxbow_winograd *w, int phase, bool reversed, float *planes, float **pixels) {
    int stride = w->shape.stride, p = phase / stride, q = phase % stride;
    for (int a = 0; a < w->taps; a++)
        for (int b = 0; b < w->taps; b++) {
            int row = reversed ? w->taps - 1 - a : a, column = reversed ? w->taps - 1 - b : b;
            int tap = (stride * row + p) * w->shape.kernel + stride * column + q;
            pixels[a * w->taps + b] = planes + tap * filter_area(w);
        }
}

static int64_t panel_columns(int64_t columns) { return columns > WIDEST_FILTER ? PANEL : columns; }

/// Coefficients of `count` neighbouring columns of one row of a packed filter (coefficient, panel, row, column).
static void pack_row(
    const oxbow_winograd *w, const tiling *t, float *const *taps, int64_t row, int64_t column, int64_t count, int64_t rows,
    int64_t columns, float *packed
) {
    const float *pixels[9];
    int64_t panel = panel_columns(columns);
    for (int64_t done = 0; done < count;) {
        int64_t at = column + done, first = at / panel * panel;
        int64_t width = columns - first < panel ? columns - first : panel;
        int64_t piece = first + width - at < count - done ? first + width - at : count - done;
        for (int tap = 0; tap < w->taps * w->taps; tap++) pixels[tap] = taps[tap] + done;
        float *to = packed + first * rows + row * width + at - first;
        oxbow_winograd_spread(t->form, SPREAD_FILTER, pixels, piece, to, rows * columns);
        done += piece;
    }
}

void oxbow_winograd_pack(const oxbow_winograd *w, int32_t kind, const float *oihw, float *packed, float *planes) {
    const oxbow_conv_shape *s = &w->shape;
    bool forward = kind == OXBOW_FORWARD;
    int64_t area = filter_area(w), taps = (int64_t)s->kernel * s->kernel;
    for (int64_t tap = 0; tap < taps; tap++) {
        if (forward)
            turn(oihw + tap, s->output_channels, s->input_channels, taps, planes + tap * area);
        else
            for (int64_t i = 0; i < area; i++) planes[tap * area + i] = oihw[i * taps + tap];
    }
    // Rows are what the product sums over: the phases' input channels, or the output channels.
    int64_t block = forward ? s->input_channels : s->output_channels, width = area / block;
    int64_t rows = forward ? x_row(w) : block, columns = forward ? width : x_row(w);
    float *pixels[9];
    for (int phase = 0; phase < w->phases; phase++) {
        locate_taps(w, phase, !forward, planes, pixels);
        for (int64_t row = 0; row < block; row++) {
            pack_row(
                w, forward ? &w->forward : &w->data, pixels, forward ? phase * block + row : row,
                forward ? 0 : phase * width, width, rows, columns, packed);
            for (int tap = 0; tap < w->taps * w->taps; tap++) pixels[tap] += width;
        }
    }
}

int64_t oxbow_winograd_planes_count(const oxbow_winograd *w) {
    return (int64_t)w->shape.kernel * w->shape.kernel * filter_area(w);
}

/// Sums of coefficients, (coefficient, phase, input channel, output channel), to the gradient in OIHW.
static void unpack_gradient(const oxbow_winograd *w, const float *sums, float *planes, float *oihw) {
    const oxbow_conv_shape *s = &w->shape;
    int64_t area = filter_area(w), taps = (int64_t)s->kernel * s->kernel;
    float *pixels[9];
    for (int phase = 0; phase < w->phases; phase++) {
        locate_taps(w, phase, false, planes, pixels);
        oxbow_winograd_gather(
            w->forward.form, GATHER_FILTER_GRADIENT, sums + phase * area, w->phases * area, area, pixels);
    }
    for (int64_t o = 0; o < s->output_channels; o++)
        for (int64_t i = 0; i < s->input_channels; i++)
            for (int64_t tap = 0; tap < taps; tap++)
                oihw[(o * s->input_channels + i) * taps + tap] = planes[tap * area + i * s->output_channels + o];
}

// ---- Passes ----------------------------------------------------------------------------------------------------

/// Only sizes could be wrong, and they are ours.
static void must(dnnl_status_t status) {
    if (status != dnnl_success) abort();
}

/// to (m, n) = from (m, k) filter (k, n), the filter in panels.
static void product(int64_t m, int64_t n, int64_t k, const float *from, const float *filter, float *to) {
    int64_t panel = panel_columns(n);
    for (int64_t column = 0; column < n; column += panel) {
        int64_t width = n - column < panel ? n - column : panel;
        must(dnnl_sgemm('N', 'N', m, width, k, 1, from, k, filter + column * k, width, 0, to + column, n));
    }
}

void oxbow_winograd_forward(const oxbow_winograd *w, const float *x, const float *filter, float *y, float *scratch) {
    const tiling *t = &w->forward;
    int64_t k = x_row(w), n = w->shape.output_channels;
    int64_t from_stride = stride_of(t, k), to_stride = stride_of(t, n);
    float *to = scratch + t->coefficients * from_stride;
    ox_use_threads(1);
    for (int first = 0; first < w->shape.batch; first += t->images) {
        int count = w->shape.batch - first < t->images ? w->shape.batch - first : t->images;
        spread_x(w, (float *)x, first, count, scratch, from_stride);
        for (int64_t c = 0; c < t->coefficients; c++)
            product(count * tiles_of(t), n, k, scratch + c * from_stride, filter + c * k * n, to + c * to_stride);
        for (int image = 0; image < count; image++) {
            grid_image target = y_image(w, y, first + image);
            gather_image(t, &target, to + image * tiles_of(t) * n, n, to_stride, to + t->coefficients * to_stride);
        }
    }
}

void oxbow_winograd_backward_data(
    const oxbow_winograd *w, const float *y, const float *filter, float *x, float *scratch
) {
    const tiling *t = &w->data;
    int64_t k = w->shape.output_channels, n = x_row(w);
    int64_t from_stride = stride_of(t, k), to_stride = stride_of(t, n);
    float *to = scratch + t->coefficients * from_stride;
    ox_use_threads(1);
    for (int first = 0; first < w->shape.batch; first += t->images) {
        int count = w->shape.batch - first < t->images ? w->shape.batch - first : t->images;
        spread_y(w, t, (float *)y, first, count, t->first - (w->taps - 1), t->side, SPREAD_INPUT, scratch, from_stride);
        for (int64_t c = 0; c < t->coefficients; c++)
            product(count * tiles_of(t), n, k, scratch + c * from_stride, filter + c * k * n, to + c * to_stride);
        for (int image = 0; image < count; image++)
            for (int phase = 0; phase < w->phases; phase++) {
                grid_image target = x_image(w, x, first + image, phase);
                const float *from = to + image * tiles_of(t) * n + (int64_t)phase * w->shape.input_channels;
                gather_image(t, &target, from, n, to_stride, to + t->coefficients * to_stride);
            }
    }
}

void oxbow_winograd_backward_weights(
    const oxbow_winograd *w, const float *x, const float *y, float *oihw, float *scratch
) {
    const tiling *t = &w->forward;
    int64_t m = x_row(w), n = w->shape.output_channels;
    int64_t x_stride = stride_of(t, m), y_stride = stride_of(t, n);
    float *gradients = scratch + t->coefficients * x_stride;
    float *sums = gradients + t->coefficients * y_stride;
    ox_use_threads(1);
    for (int first = 0; first < w->shape.batch; first += t->images) {
        int count = w->shape.batch - first < t->images ? w->shape.batch - first : t->images;
        spread_x(w, (float *)x, first, count, scratch, x_stride);
        spread_y(w, t, (float *)y, first, count, 0, t->outputs, SPREAD_GRADIENT, gradients, y_stride);
        for (int64_t c = 0; c < t->coefficients; c++)
            must(dnnl_sgemm(
                'T', 'N', m, n, count * tiles_of(t), 1, scratch + c * x_stride, m, gradients + c * y_stride, n,
                first == 0 ? 0 : 1, sums + c * m * n, n));
    }
    unpack_gradient(w, sums, sums + t->coefficients * m * n, oihw);
}
