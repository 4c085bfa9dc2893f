// The linear maps of Winograd's convolution: F(m, r) gives m outputs of r taps by m + r - 1 products in each direction.
//
// A form's three matrices (Toom-Cook at the points named, rows scaled to keep them short): outputs = AT [(G filter) *
// (BT inputs)]. In two dimensions each map is applied to the columns, then to the rows. The gradients are the same maps
// turned round: the filter's is GT [(BT inputs) * (A gradients)]. Points were chosen for the least rounding error.
// Sources: Winograd, "Arithmetic complexity of computations" (1980); Lavin, Gray, "Fast algorithms for convolutional
// neural networks" (CVPR 2016).

typedef float ox_form_matrix[6][6];

// F(4, 3) at 0, 1, -1, 1/2, -2, infinity.
static const ox_form_matrix f43_at = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 0.5f, -2, 0}, {0, 1, 1, 0.25f, 4, 0}, {0, 1, -1, 0.125f, -8, 1}};
static const ox_form_matrix f43_g = {
    {0.5f, 0, 0}, {1 / 6.0f, 1 / 6.0f, 1 / 6.0f}, {-1 / 6.0f, 1 / 6.0f, -1 / 6.0f},
    {-16 / 15.0f, -8 / 15.0f, -4 / 15.0f}, {1 / 30.0f, -1 / 15.0f, 2 / 15.0f}, {0, 0, 1}};
static const ox_form_matrix f43_bt = {
    {2, -3, -4, 3, 2, 0}, {0, -2, 1, 5, 2, 0}, {0, 2, -5, 1, 2, 0}, {0, -2, -1, 2, 1, 0}, {0, 1, -2, -1, 2, 0},
    {0, 1, -1.5f, -2, 1.5f, 1}};

// F(4, 2) at 0, 1, -1, 1/2, infinity.
static const ox_form_matrix f42_at = {
    {1, 1, 1, 1, 0}, {0, 1, -1, 0.5f, 0}, {0, 1, 1, 0.25f, 0}, {0, 1, -1, 0.125f, 1}};
static const ox_form_matrix f42_g = {
    {1, 0}, {0.5f, 0.5f}, {-1 / 6.0f, 1 / 6.0f}, {-8 / 3.0f, -4 / 3.0f}, {0, 1}};
static const ox_form_matrix f42_bt = {
    {1, -2, -1, 2, 0}, {0, -1, 1, 2, 0}, {0, 1, -3, 2, 0}, {0, -1, 0, 1, 0}, {0, 0.5f, -1, -0.5f, 1}};

// F(3, 2) at 0, 1, -1, infinity.
static const ox_form_matrix f32_at = {{1, 1, 1, 0}, {0, 1, -1, 0}, {0, 1, 1, 1}};
static const ox_form_matrix f32_g = {{-1, 0}, {0.5f, 0.5f}, {0.5f, -0.5f}, {0, 1}};
static const ox_form_matrix f32_bt = {{-1, 0, 1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}};

/// Entry (row, column) of the map: of the matrix, or of its transpose. Folded away, since all arguments are constants.
#define OX_ENTRY_OF(matrix, turned, row, column) ((turned) ? (matrix)[column][row] : (matrix)[row][column])

/// One row of a map times `count` vectors, `step` apart.
OX_INLINE vf map_row(const ox_form_matrix matrix, bool turned, int row, int count, const vf *values, int step) {
    vf sum = 0;
    bool begun = false;
#pragma clang loop unroll(full)
    for (int c = 0; c < count; c++) {
        float factor = OX_ENTRY_OF(matrix, turned, row, c);
        vf value = values[c * step];
        if (factor == 0) continue;
        if (!begun)
            sum = factor == 1 ? value : value * factor;
        else
            sum = factor == 1 ? sum + value : factor == -1 ? sum - value : sum + value * factor;
        begun = true;
    }
    return sum;
}

/// The columns of a tile of columns x columns pixels, mapped to rows values each.
OX_INLINE void map_columns(
    const ox_form_matrix matrix, bool turned, int rows, int columns, const vf *tile, vf *mapped
) {
#pragma clang loop unroll(full)
    for (int j = 0; j < columns; j++)
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) mapped[i * columns + j] = map_row(matrix, turned, i, columns, tile + j, columns);
}

OX_INLINE void spread_block(
    const ox_form_matrix matrix, bool turned, int rows, int columns, const float *const *pixels, int64_t c, float *to,
    int64_t stride, int lanes
) {
    vf tile[36], mapped[36];
#pragma clang loop unroll(full)
    for (int i = 0; i < columns * columns; i++) tile[i] = load_some(pixels[i] + c, lanes);
    map_columns(matrix, turned, rows, columns, tile, mapped);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int k = 0; k < rows; k++)
            store_some(
                to + (i * rows + k) * stride + c, map_row(matrix, turned, k, columns, mapped + i * columns, 1), lanes);
}

OX_INLINE void gather_block(
    const ox_form_matrix matrix, bool turned, int rows, int columns, const float *from, int64_t stride, int64_t c,
    float *const *pixels, int lanes
) {
    vf tile[36], mapped[36];
#pragma clang loop unroll(full)
    for (int i = 0; i < columns * columns; i++) tile[i] = load_some(from + i * stride + c, lanes);
    map_columns(matrix, turned, rows, columns, tile, mapped);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int k = 0; k < rows; k++)
            store_some(
                pixels[i * rows + k] + c, map_row(matrix, turned, k, columns, mapped + i * columns, 1), lanes);
}

/// A map of pixels to coefficients, (rows x columns) in each direction.
#define OX_SPREAD(name, matrix, turned, rows, columns) \
    static void name(const float *const *pixels, int64_t channels, float *to, int64_t stride) { \
        int64_t c = 0; \
        for (; c + OX_LANES <= channels; c += OX_LANES) \
            spread_block(matrix, turned, rows, columns, pixels, c, to, stride, OX_LANES); \
        for (; c < channels; c++) spread_block(matrix, turned, rows, columns, pixels, c, to, stride, 1); \
    }
/// A map of coefficients to pixels.
#define OX_GATHER(name, matrix, turned, rows, columns) \
    static void name(const float *from, int64_t stride, int64_t channels, float *const *pixels) { \
        int64_t c = 0; \
        for (; c + OX_LANES <= channels; c += OX_LANES) \
            gather_block(matrix, turned, rows, columns, from, stride, c, pixels, OX_LANES); \
        for (; c < channels; c++) gather_block(matrix, turned, rows, columns, from, stride, c, pixels, 1); \
    }
#define OX_FORM(form, m, r) \
    OX_SPREAD(form##_input, form##_bt, false, m + r - 1, m + r - 1) \
    OX_SPREAD(form##_gradient, form##_at, true, m + r - 1, m) \
    OX_SPREAD(form##_filter, form##_g, false, m + r - 1, r) \
    OX_GATHER(form##_output, form##_at, false, m, m + r - 1) \
    OX_GATHER(form##_filter_gradient, form##_g, true, r, m + r - 1)

OX_FORM(f43, 4, 3)
OX_FORM(f42, 4, 2)
OX_FORM(f32, 3, 2)

static void vector_winograd_spread(
    int32_t form, int32_t map, const float *const *pixels, int64_t channels, float *to, int64_t stride
) {
    static void (*const maps[3][3])(const float *const *, int64_t, float *, int64_t) = {
        {f43_input, f43_gradient, f43_filter},
        {f42_input, f42_gradient, f42_filter},
        {f32_input, f32_gradient, f32_filter},
    };
    maps[form][map](pixels, channels, to, stride);
}

static void vector_winograd_gather(
    int32_t form, int32_t map, const float *from, int64_t stride, int64_t channels, float *const *pixels
) {
    static void (*const maps[3][2])(const float *, int64_t, int64_t, float *const *) = {
        {f43_output, f43_filter_gradient},
        {f42_output, f42_filter_gradient},
        {f32_output, f32_filter_gradient},
    };
    maps[form][map](from, stride, channels, pixels);
}
