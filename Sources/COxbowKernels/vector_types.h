// Vectors of OX_LANES floats. Lanes are channels or elements, never the terms of a sum, except where a kernel says so.

typedef float vf __attribute__((ext_vector_type(OX_LANES)));
typedef double vd __attribute__((ext_vector_type(OX_LANES)));
typedef int32_t vi __attribute__((ext_vector_type(OX_LANES)));

#define OX_INLINE static inline __attribute__((always_inline))

OX_INLINE vf load(const float *from) {
    vf v;
    memcpy(&v, from, sizeof v);
    return v;
}

OX_INLINE void store(float *to, vf v) { memcpy(to, &v, sizeof v); }

/// The vector of a block that may have one lane only: `lanes` is a constant, OX_LANES or 1.
OX_INLINE vf load_some(const float *from, int lanes) { return lanes == OX_LANES ? load(from) : (vf)from[0]; }

OX_INLINE void store_some(float *to, vf v, int lanes) {
    if (lanes == OX_LANES)
        store(to, v);
    else
        to[0] = v[0];
}

// One instruction each; where a is not a number they return b.
OX_INLINE vf larger(vf a, vf b) { return a > b ? a : b; }
OX_INLINE vf smaller(vf a, vf b) { return a < b ? a : b; }

/// Sum of the lanes: halves are added until one is left.
OX_INLINE float lanes_sum(vf v) {
#if OX_LANES == 16
    __auto_type eight = v.lo + v.hi;
    __auto_type four = eight.lo + eight.hi;
#elif OX_LANES == 8
    __auto_type four = v.lo + v.hi;
#else
    vf four = v;
#endif
    __auto_type two = four.lo + four.hi;
    return two.x + two.y;
}
