/**
 * The functions of scalars and vectors. Scalars are overloads, so that overload resolution is that of
 * MSL (a half and a float literal are ambiguous); vectors go component by component. Half functions
 * compute in float and round once. There is no erf, as there is none in MSL.
 */
#pragma once

#define SM_VECTOR1(NAME)                              \
  template <class T, int N>                           \
  inline vec<T, N> NAME(vec<T, N> x) {                \
    vec<T, N> r;                                      \
    for (int i = 0; i < N; i++) r[i] = NAME((T)x[i]); \
    return r;                                         \
  }
#define SM_VECTOR2(NAME)                                       \
  template <class T, int N>                                    \
  inline vec<T, N> NAME(vec<T, N> x, sm_same<vec<T, N>> y) {   \
    vec<T, N> r;                                               \
    for (int i = 0; i < N; i++) r[i] = NAME((T)x[i], (T)y[i]); \
    return r;                                                  \
  }
#define SM_VECTOR3(NAME)                                                           \
  template <class T, int N>                                                        \
  inline vec<T, N> NAME(vec<T, N> x, sm_same<vec<T, N>> y, sm_same<vec<T, N>> z) { \
    vec<T, N> r;                                                                   \
    for (int i = 0; i < N; i++) r[i] = NAME((T)x[i], (T)y[i], (T)z[i]);            \
    return r;                                                                      \
  }
#define SM_FLOAT1(NAME, EXPRESSION)                         \
  inline float NAME(float x) { return EXPRESSION; }         \
  inline half NAME(half x) { return (half)NAME((float)x); } \
  SM_VECTOR1(NAME)
#define SM_FLOAT2(NAME, EXPRESSION)                                           \
  inline float NAME(float x, float y) { return EXPRESSION; }                  \
  inline half NAME(half x, half y) { return (half)NAME((float)x, (float)y); } \
  SM_VECTOR2(NAME)
#define SM_FLOAT3(NAME, EXPRESSION)                                                             \
  inline float NAME(float x, float y, float z) { return EXPRESSION; }                           \
  inline half NAME(half x, half y, half z) { return (half)NAME((float)x, (float)y, (float)z); } \
  SM_VECTOR3(NAME)
#define SM_INTEGERS(X) X(char) X(uchar) X(short) X(ushort) X(int) X(uint) X(long) X(ulong)

namespace metal {
SM_FLOAT1(acos, __builtin_acosf(x))
SM_FLOAT1(acosh, __builtin_acoshf(x))
SM_FLOAT1(asin, __builtin_asinf(x))
SM_FLOAT1(asinh, __builtin_asinhf(x))
SM_FLOAT1(atan, __builtin_atanf(x))
SM_FLOAT1(atanh, __builtin_atanhf(x))
SM_FLOAT1(ceil, __builtin_ceilf(x))
SM_FLOAT1(cos, __builtin_cosf(x))
SM_FLOAT1(cosh, __builtin_coshf(x))
SM_FLOAT1(cospi, __builtin_cosf(3.14159265358979323846f * x))
SM_FLOAT1(exp, __builtin_expf(x))
SM_FLOAT1(exp2, __builtin_exp2f(x))
SM_FLOAT1(exp10, __builtin_powf(10.0f, x))
SM_FLOAT1(fabs, __builtin_fabsf(x))
SM_FLOAT1(floor, __builtin_floorf(x))
SM_FLOAT1(fract, x - __builtin_floorf(x) >= 1.0f ? 0.99999994f : x - __builtin_floorf(x))
SM_FLOAT1(log, __builtin_logf(x))
SM_FLOAT1(log2, __builtin_log2f(x))
SM_FLOAT1(log10, __builtin_log10f(x))
SM_FLOAT1(rint, __builtin_rintf(x))
SM_FLOAT1(round, __builtin_roundf(x))
SM_FLOAT1(rsqrt, 1.0f / __builtin_sqrtf(x))
SM_FLOAT1(saturate, __builtin_fminf(__builtin_fmaxf(x, 0.0f), 1.0f))
SM_FLOAT1(sign, x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x == 0.0f ? x : 0.0f)
SM_FLOAT1(sin, __builtin_sinf(x))
SM_FLOAT1(sinh, __builtin_sinhf(x))
SM_FLOAT1(sinpi, __builtin_sinf(3.14159265358979323846f * x))
SM_FLOAT1(sqrt, __builtin_sqrtf(x))
SM_FLOAT1(tan, __builtin_tanf(x))
SM_FLOAT1(tanh, __builtin_tanhf(x))
SM_FLOAT1(tanpi, __builtin_tanf(3.14159265358979323846f * x))
SM_FLOAT1(trunc, __builtin_truncf(x))
SM_FLOAT2(atan2, __builtin_atan2f(x, y))
SM_FLOAT2(copysign, __builtin_copysignf(x, y))
SM_FLOAT2(divide, x / y)
SM_FLOAT2(fdim, __builtin_fdimf(x, y))
SM_FLOAT2(fmax, __builtin_fmaxf(x, y))
SM_FLOAT2(fmin, __builtin_fminf(x, y))
SM_FLOAT2(fmod, __builtin_fmodf(x, y))
SM_FLOAT2(nextafter, __builtin_nextafterf(x, y))
SM_FLOAT2(pow, __builtin_powf(x, y))
SM_FLOAT2(powr, x < 0.0f ? __builtin_nanf("") : __builtin_powf(x, y))
SM_FLOAT2(step, y < x ? 0.0f : 1.0f)
SM_FLOAT3(fma, __builtin_fmaf(x, y, z))
SM_FLOAT3(fmax3, __builtin_fmaxf(x, __builtin_fmaxf(y, z)))
SM_FLOAT3(fmin3, __builtin_fminf(x, __builtin_fminf(y, z)))
SM_FLOAT3(fmedian3, __builtin_fmaxf(__builtin_fminf(x, y), __builtin_fminf(__builtin_fmaxf(x, y), z)))
SM_FLOAT3(mix, x + (y - x) * z)
inline float sm_smoothstep(float low, float high, float x) {
  float t = saturate((x - low) / (high - low));
  return t * t * (3.0f - 2.0f * t);
}
SM_FLOAT3(smoothstep, sm_smoothstep(x, y, z))

inline float sincos(float x, thread float &cosine) {
  cosine = cos(x);
  return sin(x);
}
inline float modf(float x, thread float &whole) {
  whole = trunc(x);
  return copysign(__builtin_isinf(x) ? 0.0f : x - whole, x);
}
inline float frexp(float x, thread int &exponent) { return __builtin_frexpf(x, &exponent); }
inline float ldexp(float x, int k) { return __builtin_ldexpf(x, k); }
inline half ldexp(half x, int k) { return (half)__builtin_ldexpf((float)x, k); }
inline int ilogb(float x) { return __builtin_ilogbf(x); }

// min, max, clamp and abs exist for every arithmetic type. For floats max and min are fmax and fmin.
#define SM_MINMAX(T)                                         \
  inline constexpr T min(T x, T y) { return y < x ? y : x; } \
  inline constexpr T max(T x, T y) { return x < y ? y : x; } \
  inline constexpr T clamp(T x, T low, T high) { return min(max(x, low), high); }
SM_INTEGERS(SM_MINMAX)
#undef SM_MINMAX
inline float min(float x, float y) { return __builtin_fminf(x, y); }
inline float max(float x, float y) { return __builtin_fmaxf(x, y); }
inline float clamp(float x, float low, float high) { return fmin(fmax(x, low), high); }
inline half min(half x, half y) { return fmin(x, y); }
inline half max(half x, half y) { return fmax(x, y); }
inline half clamp(half x, half low, half high) { return fmin(fmax(x, low), high); }
inline float abs(float x) { return __builtin_fabsf(x); }
inline half abs(half x) { return (half)__builtin_fabsf((float)x); }
inline constexpr int abs(int x) { return x < 0 ? -x : x; }
inline constexpr short abs(short x) { return x < 0 ? -x : x; }
inline constexpr char abs(char x) { return x < 0 ? -x : x; }
inline constexpr long abs(long x) { return x < 0 ? -x : x; }
SM_VECTOR1(abs)
SM_VECTOR2(min)
SM_VECTOR2(max)
SM_VECTOR3(clamp)

#define SM_INTEGER(T)                                                           \
  inline T absdiff(T x, T y) { return x > y ? x - y : y - x; }                  \
  inline T min3(T x, T y, T z) { return min(x, min(y, z)); }                    \
  inline T max3(T x, T y, T z) { return max(x, max(y, z)); }                    \
  inline T median3(T x, T y, T z) { return max(min(x, y), min(max(x, y), z)); } \
  inline T hadd(T x, T y) { return (x >> 1) + (y >> 1) + (x & y & 1); }         \
  inline T rhadd(T x, T y) { return (x >> 1) + (y >> 1) + ((x | y) & 1); }      \
  inline T addsat(T x, T y) {                                                   \
    T r;                                                                        \
    if (!__builtin_add_overflow(x, y, &r)) return r;                            \
    return y < 0 ? numeric_limits<T>::min() : numeric_limits<T>::max();         \
  }                                                                             \
  inline T subsat(T x, T y) {                                                   \
    T r;                                                                        \
    if (!__builtin_sub_overflow(x, y, &r)) return r;                            \
    return x < y ? numeric_limits<T>::min() : numeric_limits<T>::max();         \
  }
SM_INTEGERS(SM_INTEGER)
#undef SM_INTEGER
inline float min3(float x, float y, float z) { return fmin3(x, y, z); }
inline float max3(float x, float y, float z) { return fmax3(x, y, z); }
inline float median3(float x, float y, float z) { return fmedian3(x, y, z); }

template <class T>
inline T popcount(T x) {
  return (T)__builtin_popcountll((unsigned long long)x & (~0ull >> (64 - 8 * sizeof(T))));
}
template <class T>
inline T clz(T x) {
  unsigned long long bits = (unsigned long long)x & (~0ull >> (64 - 8 * sizeof(T)));
  return (T)(bits == 0 ? 8 * sizeof(T) : __builtin_clzll(bits) - (64 - 8 * sizeof(T)));
}
template <class T>
inline T ctz(T x) {
  unsigned long long bits = (unsigned long long)x & (~0ull >> (64 - 8 * sizeof(T)));
  return (T)(bits == 0 ? 8 * sizeof(T) : __builtin_ctzll(bits));
}
inline uint reverse_bits(uint x) { return __builtin_bitreverse32(x); }
inline int reverse_bits(int x) { return (int)__builtin_bitreverse32((uint)x); }
inline uint rotate(uint x, uint by) { return by % 32 == 0 ? x : (x << (by % 32)) | (x >> (32 - by % 32)); }
inline int mulhi(int x, int y) { return (int)(((long)x * (long)y) >> 32); }
inline uint mulhi(uint x, uint y) { return (uint)(((ulong)x * (ulong)y) >> 32); }
inline ulong mulhi(ulong x, ulong y) { return (ulong)(((unsigned __int128)x * y) >> 64); }
inline int madhi(int x, int y, int z) { return mulhi(x, y) + z; }
inline uint madhi(uint x, uint y, uint z) { return mulhi(x, y) + z; }
inline int mad24(int x, int y, int z) { return ((x << 8) >> 8) * ((y << 8) >> 8) + z; }
inline uint mad24(uint x, uint y, uint z) { return (x & 0xffffffu) * (y & 0xffffffu) + z; }
inline int mul24(int x, int y) { return ((x << 8) >> 8) * ((y << 8) >> 8); }
inline uint mul24(uint x, uint y) { return (x & 0xffffffu) * (y & 0xffffffu); }
template <class T>
inline T extract_bits(T x, uint offset, uint bits) {
  if (bits == 0) return 0;
  return (T)((T)(x << (8 * sizeof(T) - bits - offset)) >> (8 * sizeof(T) - bits));
}
template <class T>
inline T insert_bits(T base, T from, uint offset, uint bits) {
  if (bits == 0) return base;
  T mask = (T)((~0ull >> (64 - bits)) << offset);
  return (T)((base & ~mask) | ((from << offset) & mask));
}

// Relations. On vectors the result is an integer mask of the components' width, as of comparisons.
#define SM_TEST(NAME, EXPRESSION)                              \
  inline bool NAME(float x) { return EXPRESSION; }             \
  inline bool NAME(half h) {                                   \
    float x = (float)h;                                        \
    return EXPRESSION;                                         \
  }                                                            \
  template <class T, int N>                                    \
  inline auto NAME(vec<T, N> x) {                              \
    decltype(x == x) r;                                        \
    for (int i = 0; i < N; i++) r[i] = NAME((T)x[i]) ? -1 : 0; \
    return r;                                                  \
  }
SM_TEST(isnan, __builtin_isnan(x))
SM_TEST(isinf, __builtin_isinf(x))
SM_TEST(isfinite, __builtin_isfinite(x))
SM_TEST(isnormal, __builtin_isnormal(x))
SM_TEST(signbit, __builtin_signbit(x) != 0)
#undef SM_TEST
inline bool all(bool x) { return x; }
inline bool any(bool x) { return x; }
template <class T, int N>
inline bool all(vec<T, N> x) {
  for (int i = 0; i < N; i++)
    if (!x[i]) return false;
  return true;
}
template <class T, int N>
inline bool any(vec<T, N> x) {
  for (int i = 0; i < N; i++)
    if (x[i]) return true;
  return false;
}
/** `whenTrue` where the condition holds. */
template <class T>
inline enable_if_t<sm_shape<T>::size == 1, T> select(T whenFalse, T whenTrue, bool condition) {
  return condition ? whenTrue : whenFalse;
}
template <class T, int N, class C>
inline vec<T, N> select(vec<T, N> whenFalse, sm_same<vec<T, N>> whenTrue, vec<C, N> condition) {
  vec<T, N> r;
  for (int i = 0; i < N; i++) r[i] = condition[i] ? whenTrue[i] : whenFalse[i];
  return r;
}

template <class T, int N>
inline T dot(vec<T, N> x, sm_same<vec<T, N>> y) {
  T sum = x[0] * y[0];
  for (int i = 1; i < N; i++) sum += x[i] * y[i];
  return sum;
}
template <class T, int N>
inline T length_squared(vec<T, N> x) {
  return dot(x, x);
}
template <class T, int N>
inline T length(vec<T, N> x) {
  return sqrt(dot(x, x));
}
template <class T, int N>
inline T distance(vec<T, N> x, sm_same<vec<T, N>> y) {
  return length(x - y);
}
template <class T, int N>
inline vec<T, N> normalize(vec<T, N> x) {
  return x * rsqrt(dot(x, x));
}
template <class T>
inline vec<T, 3> cross(vec<T, 3> x, vec<T, 3> y) {
  return x.yzx * y.zxy - x.zxy * y.yzx;
}

inline float4 unpack_unorm4x8_to_float(uint x) {
  return float4{float(x & 255), float((x >> 8) & 255), float((x >> 16) & 255), float(x >> 24)} / 255.0f;
}
inline float4 unpack_snorm4x8_to_float(uint x) {
  float4 r;
  for (int i = 0; i < 4; i++) r[i] = fmax(float((signed char)(x >> (8 * i))) / 127.0f, -1.0f);
  return r;
}

/** The same functions under the names that choose an accuracy; here all are accurate. */
#define SM_BOTH           \
  using metal::acos;      \
  using metal::acosh;     \
  using metal::asin;      \
  using metal::asinh;     \
  using metal::atan;      \
  using metal::atan2;     \
  using metal::atanh;     \
  using metal::ceil;      \
  using metal::clamp;     \
  using metal::cos;       \
  using metal::cosh;      \
  using metal::cospi;     \
  using metal::divide;    \
  using metal::exp;       \
  using metal::exp10;     \
  using metal::exp2;      \
  using metal::fabs;      \
  using metal::floor;     \
  using metal::fma;       \
  using metal::fmax;      \
  using metal::fmax3;     \
  using metal::fmin;      \
  using metal::fmin3;     \
  using metal::fmod;      \
  using metal::fract;     \
  using metal::log;       \
  using metal::log10;     \
  using metal::log2;      \
  using metal::max;       \
  using metal::min;       \
  using metal::mix;       \
  using metal::normalize; \
  using metal::pow;       \
  using metal::powr;      \
  using metal::rint;      \
  using metal::round;     \
  using metal::rsqrt;     \
  using metal::saturate;  \
  using metal::sign;      \
  using metal::sin;       \
  using metal::sincos;    \
  using metal::sinh;      \
  using metal::sinpi;     \
  using metal::sqrt;      \
  using metal::tan;       \
  using metal::tanh;      \
  using metal::trunc;     \
  using metal::length;    \
  using metal::distance;  \
  using metal::abs;
namespace precise {
SM_BOTH
}
namespace fast {
SM_BOTH
}
#undef SM_BOTH
}  // namespace metal
