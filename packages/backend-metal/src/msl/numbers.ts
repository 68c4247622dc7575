/** Helpers for integers and for the bits of floats. */

/** Conversions of numbers, and minimum and maximum in which a NaN wins. */
export const NUMBERS = `inline bool is_nan(float x) { return (as_type<uint>(x) & 0x7fffffffu) > 0x7f800000u; }

// A NaN wins.
inline float max_of(float a, float b) { return is_nan(a) ? a : is_nan(b) ? b : fmax(a, b); }
inline float min_of(float a, float b) { return is_nan(a) ? a : is_nan(b) ? b : fmin(a, b); }
inline int max_of(int a, int b) { return a > b ? a : b; }
inline int min_of(int a, int b) { return a < b ? a : b; }
inline uint max_of(uint a, uint b) { return a > b ? a : b; }
inline uint min_of(uint a, uint b) { return a < b ? a : b; }

// Wrapping: signed overflow is undefined.
inline float add_of(float a, float b) { return a + b; }
inline uint add_of(uint a, uint b) { return a + b; }
inline int add_of(int a, int b) { return int(uint(a) + uint(b)); }
inline float mul_of(float a, float b) { return a * b; }
inline uint mul_of(uint a, uint b) { return a * b; }
inline int mul_of(int a, int b) { return int(uint(a) * uint(b)); }

// Towards zero, saturating; a NaN gives 0.
inline int to_int(float x) {
  if (is_nan(x)) return 0;
  if (x >= 2147483648.0f) return 0x7fffffff;
  if (x <= -2147483648.0f) return int(0x80000000u);
  return int(x);
}
inline uint to_uint(float x) {
  if (is_nan(x) || x <= 0.0f) return 0u;
  if (x >= 4294967296.0f) return 0xffffffffu;
  return uint(x);
}`;

/** float16 from and to float32 by their bits, so that no subnormal is flushed. */
export const HALF_BITS = `inline uint float_bits_of_half(ushort stored) {
  const uint bits = stored;
  const uint sign_bit = (bits & 0x8000u) << 16;
  const uint exponent = (bits >> 10) & 31u;
  const uint mantissa = bits & 1023u;
  if (exponent == 31u) return sign_bit | 0x7f800000u | (mantissa << 13);
  if (exponent != 0u) return sign_bit | ((exponent + 112u) << 23) | (mantissa << 13);
  if (mantissa == 0u) return sign_bit;
  const uint shift = clz(mantissa) - 21u;
  return sign_bit | ((113u - shift) << 23) | (((mantissa << shift) & 1023u) << 13);
}

// Rounds to nearest even.
inline ushort half_bits_of_float(uint bits) {
  const uint sign_bit = (bits >> 16) & 0x8000u;
  const uint magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return ushort(sign_bit | 0x7e00u);
  if (magnitude >= 0x477ff000u) return ushort(sign_bit | 0x7c00u);
  if (magnitude >= 0x38800000u) {
    const uint rebased = magnitude - 0x38000000u;
    return ushort(sign_bit | ((rebased + 0xfffu + ((rebased >> 13) & 1u)) >> 13));
  }
  if (magnitude <= 0x33000000u) return ushort(sign_bit);
  const uint shift = 126u - (magnitude >> 23);
  const uint mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  const uint kept = mantissa >> shift;
  const uint rest = mantissa & ((1u << shift) - 1u);
  const uint tie = 1u << (shift - 1u);
  const uint up = (rest > tie || (rest == tie && (kept & 1u) != 0u)) ? 1u : 0u;
  return ushort(sign_bit | (kept + up));
}`;
