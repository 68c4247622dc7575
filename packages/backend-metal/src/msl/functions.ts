/**
 * Functions of floats. Those of MSL are good to four units in the last place with fast math off; what is
 * missing there (erf, log1p, the cases of pow) is made here.
 */

export const FUNCTIONS = `inline float sign_of(float x) { return is_nan(x) ? x : float(x > 0.0f) - float(x < 0.0f); }

inline float sigmoid(float x) { return 1.0f / (1.0f + exp(-x)); }

inline float tanh_of(float x) {
  if (is_nan(x)) return x;
  return tanh(clamp(x, -20.0f, 20.0f)); // 1 from 10 on
}

// A rational approximation in x^2; beyond 4 the result is 1 in float32.
inline float erf_of(float x) {
  if (is_nan(x)) return x;
  const float c = clamp(x, -4.0f, 4.0f);
  const float s = c * c;
  const float above = (((((-2.72614225801306e-10f * s + 2.77068142495902e-8f) * s - 2.10102402082508e-6f) * s
    - 5.69250639462346e-5f) * s - 7.34990630326855e-4f) * s - 2.95459980854025e-3f) * s - 1.60960333262415e-2f;
  const float below = (((-1.45660718464996e-5f * s - 2.13374055278905e-4f) * s - 1.68282697438203e-3f) * s
    - 7.37332916720468e-3f) * s - 1.42647390514189e-2f;
  return c * above / below;
}

// 1 - erf(x) with a small relative error everywhere: the Chebyshev fit erfcc of "Numerical Recipes".
inline float erfc_of(float x) {
  if (is_nan(x)) return x;
  const float z = fabs(x);
  const float t = 1.0f / (1.0f + 0.5f * z);
  const float p = ((((((((0.17087277f * t - 0.82215223f) * t + 1.48851587f) * t - 1.13520398f) * t
    + 0.27886807f) * t - 0.18628806f) * t + 0.09678418f) * t + 0.37409196f) * t + 1.00002368f) * t - 1.26551223f;
  const float tail = t * exp(p - fmin(z * z, 200.0f));
  return x < 0.0f ? 2.0f - tail : tail;
}

inline float silu(float x) { return x * sigmoid(x); }
inline float quick_gelu(float x) { return x * sigmoid(1.702f * x); }
inline float gelu_erf(float x) { return x < -14.0f ? 0.0f * x : x * 0.5f * erfc_of(-x * 0.70710678118654752f); }
inline float gelu_tanh(float x) {
  return 0.5f * x * (1.0f + tanh_of(0.79788456080286536f * (x + 0.044715f * x * x * x)));
}

// log(1 + exp(x)) without overflow; the logarithm by its series where its argument is near 1.
inline float softplus(float x) {
  if (is_nan(x)) return x;
  const float e = exp(-fabs(x));
  const float rest = e < 0.01f ? e * (1.0f - e * (0.5f - e / 3.0f)) : log(1.0f + e);
  return fmax(x, 0.0f) + rest;
}

// pow of IEEE 754, from that of a base above 0.
inline float power(float a, float b) {
  if (a == 1.0f || b == 0.0f) return 1.0f;
  if (is_nan(a) || is_nan(b)) return NAN;
  const float base = fabs(a);
  float result = base == 1.0f ? 1.0f : base == 0.0f ? (b < 0.0f ? INFINITY : 0.0f) : pow(base, b);
  if (as_type<uint>(a) < 0x80000000u || isinf(b)) return result;
  if (floor(b) != b) return base > 0.0f && !isinf(base) ? NAN : result;
  const float pairs = b * 0.5f;
  return floor(pairs) != pairs ? -result : result;
}`;

/** sin and cos of an angle that is the sum of two floats, the second below a rounding of the first. */
export const ANGLES = `struct SplitFloat { float high; float low; };

inline SplitFloat exact_product(float a, float b) {
  const float high = a * b;
  return SplitFloat{high, fma(a, b, -high)};
}

inline float2 cos_sin(SplitFloat angle) {
  const float c = cos(angle.high);
  const float s = sin(angle.high);
  return float2(c - angle.low * s, s + angle.low * c);
}`;
