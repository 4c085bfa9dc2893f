// Batch norm over rows x channels. Rows pass in runs that stay in the nearest cache; in a run, a block of neighbouring
// channels stays in registers. Lanes are channels, so a channel's sum has the same order of terms on every machine.

// A run's sums are float, and are added to the channel's double: long sums lose no bits, and the loop stays in float.
#define OX_RUN 32

/// Calls BODY(first row, rows) for each run.
#define OX_RUNS(rows, BODY) \
    do { \
        for (int64_t r_ = 0; r_ < (rows); r_ += OX_RUN) BODY(r_, (rows) - r_ < OX_RUN ? (rows) - r_ : OX_RUN); \
    } while (0)

/// Adds the lanes of a block to its channels' doubles.
OX_INLINE void flush(double *sums, const vf *values, int vectors, int lanes) {
    for (int v = 0; v < vectors; v++) {
        if (lanes == 1) {
            sums[v] += (double)values[v][0];
            continue;
        }
        vd sum;
        memcpy(&sum, sums + v * lanes, sizeof sum);
        sum += __builtin_convertvector(values[v], vd);
        memcpy(sums + v * lanes, &sum, sizeof sum);
    }
}

/// Calls BLOCK(first channel, vectors, lanes) over all channels with constants for the last two.
#define OX_CHANNEL_BLOCKS(channels, wide, BLOCK) \
    do { \
        int64_t c_ = 0; \
        for (; c_ + (wide) * OX_LANES <= (channels); c_ += (wide) * OX_LANES) BLOCK(c_, wide, OX_LANES); \
        for (; c_ + OX_LANES <= (channels); c_ += OX_LANES) BLOCK(c_, 1, OX_LANES); \
        for (; c_ < (channels); c_++) BLOCK(c_, 1, 1); \
    } while (0)

// ---- Statistics ------------------------------------------------------------------------------------------------

/// Sums are taken of x less the tensor's first row: with that near the values no cancellation remains.
OX_INLINE void statistics_block(
    const float *x, int64_t rows, int64_t channels, const float *first, double *sum, double *square, int vectors,
    int lanes
) {
    vf shift[4], near[4] = {0}, near_square[4] = {0};
    for (int v = 0; v < vectors; v++) shift[v] = load_some(first + v * lanes, lanes);
    for (int64_t r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            vf d = load_some(x + r * channels + v * lanes, lanes) - shift[v];
            near[v] += d;
            near_square[v] += d * d;
        }
    flush(sum, near, vectors, lanes);
    flush(square, near_square, vectors, lanes);
}

static void statistics_run(
    const float *x, int64_t rows, int64_t channels, const float *first, double *sum, double *square
) {
#define BLOCK(c, vectors, lanes) statistics_block(x + c, rows, channels, first + c, sum + c, square + c, vectors, lanes)
    OX_CHANNEL_BLOCKS(channels, 4, BLOCK);
#undef BLOCK
}

static void vector_bn_statistics(const float *x, int64_t rows, int64_t channels, double *mean, double *m2) {
    for (int64_t c = 0; c < channels; c++) mean[c] = m2[c] = 0;
#define RUN(first, count) statistics_run(x + (first) * channels, count, channels, x, mean, m2)
    OX_RUNS(rows, RUN);
#undef RUN
    for (int64_t c = 0; c < channels; c++) {
        double sum = mean[c], about = m2[c] - sum * sum / (double)rows;
        m2[c] = about < 0 ? 0 : about;
        mean[c] = (double)x[c] + sum / (double)rows;
    }
}

OX_INLINE void sum_block(const float *x, int64_t rows, int64_t channels, double *sum, int vectors, int lanes) {
    vf run[4] = {0};
    for (int64_t r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) run[v] += load_some(x + r * channels + v * lanes, lanes);
    flush(sum, run, vectors, lanes);
}

static void sum_run(const float *x, int64_t rows, int64_t channels, double *sum) {
#define BLOCK(c, vectors, lanes) sum_block(x + c, rows, channels, sum + c, vectors, lanes)
    OX_CHANNEL_BLOCKS(channels, 4, BLOCK);
#undef BLOCK
}

static void vector_sum_rows(const float *x, int64_t rows, int64_t channels, double *sum) {
    for (int64_t c = 0; c < channels; c++) sum[c] = 0;
#define RUN(first, count) sum_run(x + (first) * channels, count, channels, sum)
    OX_RUNS(rows, RUN);
#undef RUN
}

// ---- Normalisation ---------------------------------------------------------------------------------------------

/// The caller's channel values, and a block's in registers: z = (x - mean) * scale + beta.
typedef struct {
    const float *mean, *invstd, *gamma, *beta;
    float slope;
} point;

typedef struct {
    vf mean[4], scale[4], beta[4];
} affine;

OX_INLINE affine affine_of(const point *p, int64_t c, int vectors, int lanes) {
    affine a;
    for (int v = 0; v < vectors; v++, c += lanes) {
        a.mean[v] = load_some(p->mean + c, lanes);
        a.scale[v] = load_some(p->invstd + c, lanes) * load_some(p->gamma + c, lanes);
        a.beta[v] = load_some(p->beta + c, lanes);
    }
    return a;
}

OX_INLINE void normalize_block(
    const float *x, int64_t rows, int64_t channels, const point *p, int64_t c, float *y, int vectors, int lanes
) {
    const affine values = affine_of(p, c, vectors, lanes), *a = &values;
    const float slope = p->slope;
    for (int64_t r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            int64_t at = r * channels + c + v * lanes;
            vf centred = load_some(x + at, lanes) - a->mean[v];
            vf z = centred * a->scale[v] + a->beta[v];
            store_some(y + at, larger(z, z * slope), lanes);
        }
}

static void normalize_run(const float *x, int64_t rows, int64_t channels, const point *p, float *y) {
#define BLOCK(c, vectors, lanes) normalize_block(x, rows, channels, p, c, y, vectors, lanes)
    OX_CHANNEL_BLOCKS(channels, 4, BLOCK);
#undef BLOCK
}

static void vector_bn_normalize(
    const float *x, int64_t rows, int64_t channels, const float *mean, const float *invstd, const float *gamma,
    const float *beta, float slope, float *y
) {
    const point p = {mean, invstd, gamma, beta, slope};
#define RUN(first, count) normalize_run(x + (first) * channels, count, channels, &p, y + (first) * channels)
    OX_RUNS(rows, RUN);
#undef RUN
}

static void vector_add_bias(const float *x, int64_t rows, int64_t channels, const float *bias, float *y) {
    for (int64_t r = 0; r < rows; r++, x += channels, y += channels) {
        int64_t c = 0;
        for (; c + OX_LANES <= channels; c += OX_LANES) store(y + c, load(x + c) + load(bias + c));
        for (; c < channels; c++) y[c] = x[c] + bias[c];
    }
}

// ---- Gradients -------------------------------------------------------------------------------------------------

/// The activation's input is computed again by the forward pass's own expression, so its sign is the same to the bit.
OX_INLINE vf gradient_of_z(vf centred, vf dy, const affine *a, int v, float slope) {
    vf z = centred * a->scale[v] + a->beta[v];
    return z > 0.0f ? dy : dy * slope;
}

OX_INLINE void backward_sums_block(
    const float *x, const float *dy, int64_t rows, int64_t channels, const point *p, int64_t c, double *sum_dz,
    double *sum_dz_centred, int vectors, int lanes
) {
    const affine a = affine_of(p, c, vectors, lanes);
    vf plain[2] = {0}, centred_sum[2] = {0};
    for (int64_t r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            int64_t at = r * channels + c + v * lanes;
            vf centred = load_some(x + at, lanes) - a.mean[v];
            vf dz = gradient_of_z(centred, load_some(dy + at, lanes), &a, v, p->slope);
            plain[v] += dz;
            centred_sum[v] += dz * centred;
        }
    flush(sum_dz + c, plain, vectors, lanes);
    flush(sum_dz_centred + c, centred_sum, vectors, lanes);
}

static void backward_sums_run(
    const float *x, const float *dy, int64_t rows, int64_t channels, const point *p, double *sum_dz,
    double *sum_dz_centred
) {
#define BLOCK(c, vectors, lanes) \
    backward_sums_block(x, dy, rows, channels, p, c, sum_dz, sum_dz_centred, vectors, lanes)
    OX_CHANNEL_BLOCKS(channels, 2, BLOCK);
#undef BLOCK
}

static void vector_bn_backward_sums(
    const float *x, const float *dy, int64_t rows, int64_t channels, const float *mean, const float *invstd,
    const float *gamma, const float *beta, float slope, double *sum_dz, double *sum_dz_xhat
) {
    const point p = {mean, invstd, gamma, beta, slope};
    for (int64_t c = 0; c < channels; c++) sum_dz[c] = sum_dz_xhat[c] = 0;
#define RUN(first, count) \
    backward_sums_run(x + (first) * channels, dy + (first) * channels, count, channels, &p, sum_dz, sum_dz_xhat)
    OX_RUNS(rows, RUN);
#undef RUN
    for (int64_t c = 0; c < channels; c++) sum_dz_xhat[c] *= (double)invstd[c];
}

OX_INLINE void backward_block(
    const float *x, const float *dy, int64_t rows, int64_t channels, const point *p, int64_t c, const float *mean_dz,
    const float *mean_dz_xhat, float *dx, int vectors, int lanes
) {
    const affine a = affine_of(p, c, vectors, lanes);
    vf offset[2], factor[2];
    for (int v = 0; v < vectors; v++) {
        int64_t at = c + v * lanes;
        offset[v] = load_some(mean_dz + at, lanes);
        factor[v] = load_some(mean_dz_xhat + at, lanes) * load_some(p->invstd + at, lanes);
    }
    for (int64_t r = 0; r < rows; r++)
        for (int v = 0; v < vectors; v++) {
            int64_t at = r * channels + c + v * lanes;
            vf centred = load_some(x + at, lanes) - a.mean[v];
            vf dz = gradient_of_z(centred, load_some(dy + at, lanes), &a, v, p->slope);
            store_some(dx + at, a.scale[v] * (dz - offset[v] - centred * factor[v]), lanes);
        }
}

static void backward_run(
    const float *x, const float *dy, int64_t rows, int64_t channels, const point *p, const float *mean_dz,
    const float *mean_dz_xhat, float *dx
) {
#define BLOCK(c, vectors, lanes) \
    backward_block(x, dy, rows, channels, p, c, mean_dz, mean_dz_xhat, dx, vectors, lanes)
    OX_CHANNEL_BLOCKS(channels, 2, BLOCK);
#undef BLOCK
}

static void vector_bn_backward(
    const float *x, const float *dy, int64_t rows, int64_t channels, const float *mean, const float *invstd,
    const float *gamma, const float *beta, float slope, const float *mean_dz, const float *mean_dz_xhat, float *dx
) {
    const point p = {mean, invstd, gamma, beta, slope};
#define RUN(first, count) \
    backward_run( \
        x + (first) * channels, dy + (first) * channels, count, channels, &p, mean_dz, mean_dz_xhat, \
        dx + (first) * channels)
    OX_RUNS(rows, RUN);
#undef RUN
}
