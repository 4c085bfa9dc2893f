// Elementwise kernels: whole vectors, then the rest one lane at a time through the same expressions.

/// Runs BODY(at, lanes) over all elements with a constant second argument.
#define OX_ELEMENTS(count, BODY) \
    do { \
        int64_t i_ = 0; \
        for (; i_ + OX_LANES <= (count); i_ += OX_LANES) BODY(i_, OX_LANES); \
        for (; i_ < (count); i_++) BODY(i_, 1); \
    } while (0)

static void vector_leaky_relu(const float *x, int64_t count, float slope, float *y) {
#define BODY(at, lanes) \
    do { \
        vf value = load_some(x + at, lanes); \
        store_some(y + at, value > 0.0f ? value : value * slope, lanes); \
    } while (0)
    OX_ELEMENTS(count, BODY);
#undef BODY
}

static void vector_leaky_relu_backward(const float *sign, const float *dy, int64_t count, float slope, float *dx) {
#define BODY(at, lanes) \
    do { \
        vf gradient = load_some(dy + at, lanes); \
        store_some(dx + at, load_some(sign + at, lanes) > 0.0f ? gradient : gradient * slope, lanes); \
    } while (0)
    OX_ELEMENTS(count, BODY);
#undef BODY
}

// ---- exp and its relatives -------------------------------------------------------------------------------------

/// exp(x) = power * (1 + rest), |rest| < 0.42, for |x| < 87.
typedef struct {
    vf power, rest;
} parted_exp;

/// The nearest multiple of ln 2 is taken off x in two parts (the first is exact in float for our exponents); the rest's
/// exponential is r + r^2 Q(r), Q interpolated at the Chebyshev nodes of +-0.3475: error 8e-9.
OX_INLINE parted_exp exp_of(vf x) {
    // Adding 1.5 * 2^23 rounds to an integer that stands in the low bits (casts between vectors keep the bits).
    const vf rounder = 12582912.0f;
    vf shifted = x * 1.44269504f + rounder;
    vf n = shifted - rounder;
    vf r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    vf q = ((((vf)0.0013926376f * r + 0.0083633335f) * r + 0.041666552f) * r + 0.16666576f) * r + 0.5f;
    vi exponent = ((vi)shifted - (vi)rounder + 127) << 23;
    return (parted_exp){(vf)exponent, r * r * q + r};
}

/// tanh(a) = E / (E + 2), E = exp(2a) - 1; for small a the parts of E do not cancel.
OX_INLINE vf tanh_of(vf x) {
    vf magnitude = smaller(x < 0.0f ? -x : x, 10.0f);
    parted_exp e = exp_of(magnitude * 2.0f);
    vf less_one = e.power * e.rest + (e.power - 1.0f);
    vf result = less_one / (less_one + 2.0f);
    result = x < 0.0f ? -result : result;
    return x == x ? result : x;
}

OX_INLINE vf sigmoid_of(vf x) {
    vf bounded = larger(smaller(-x, 87.0f), -87.0f);
    parted_exp e = exp_of(bounded);
    vf result = 1.0f / (1.0f + (e.power + e.power * e.rest));
    return x == x ? result : x;
}

static void vector_tanh(const float *x, int64_t count, float *y) {
#define BODY(at, lanes) store_some(y + at, tanh_of(load_some(x + at, lanes)), lanes)
    OX_ELEMENTS(count, BODY);
#undef BODY
}

static void vector_tanh_backward(const float *y, const float *dy, int64_t count, float *dx) {
#define BODY(at, lanes) \
    do { \
        vf value = load_some(y + at, lanes); \
        store_some(dx + at, load_some(dy + at, lanes) * (1.0f - value * value), lanes); \
    } while (0)
    OX_ELEMENTS(count, BODY);
#undef BODY
}

static void vector_sigmoid(const float *x, int64_t count, float *y) {
#define BODY(at, lanes) store_some(y + at, sigmoid_of(load_some(x + at, lanes)), lanes)
    OX_ELEMENTS(count, BODY);
#undef BODY
}

static void vector_sigmoid_backward(const float *y, const float *dy, int64_t count, float *dx) {
#define BODY(at, lanes) \
    do { \
        vf value = load_some(y + at, lanes); \
        store_some(dx + at, load_some(dy + at, lanes) * (value * (1.0f - value)), lanes); \
    } while (0)
    OX_ELEMENTS(count, BODY);
#undef BODY
}

// ---- Updates ---------------------------------------------------------------------------------------------------

static void vector_add_scaled(const float *x, int64_t count, float a, float *y) {
#define BODY(at, lanes) store_some(y + at, load_some(y + at, lanes) + load_some(x + at, lanes) * a, lanes)
    OX_ELEMENTS(count, BODY);
#undef BODY
}

/// PyTorch's order of operations: m += (1 - b1)(g - m); v = b2 v + (1 - b2) g g; p -= step * m / (sqrt(v) / c2 + eps).
static void vector_adam(
    float *parameter, const float *gradient, float *moment1, float *moment2, int64_t count,
    const oxbow_adam_step *step
) {
    const oxbow_adam_step s = *step;
#define BODY(at, lanes) \
    do { \
        vf g = load_some(gradient + at, lanes); \
        vf m = load_some(moment1 + at, lanes), v = load_some(moment2 + at, lanes); \
        m = m + (g - m) * s.one_minus_beta1; \
        v = v * s.beta2 + g * g * s.one_minus_beta2; \
        vf denominator = __builtin_elementwise_sqrt(v) / s.root_correction2 + s.epsilon; \
        store_some(moment1 + at, m, lanes); \
        store_some(moment2 + at, v, lanes); \
        store_some(parameter + at, load_some(parameter + at, lanes) - m / denominator * s.step_size, lanes); \
    } while (0)
    OX_ELEMENTS(count, BODY);
#undef BODY
}
