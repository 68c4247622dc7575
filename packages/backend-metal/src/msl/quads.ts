/** Loads of four neighbours at once. */

/**
 * quad_of(p, at, count, whole): the elements at `at` and on as floats, 0 from the `count`-th on. `whole` says
 * that `at` is a multiple of four, so that one load does; a function constant, lest it be asked at run time.
 * strided_quad takes elements `step` apart.
 */
export const QUADS = ['float', 'half']
  .map(
    (type) => `inline float4 quad_of(device const ${type} *p, uint at, uint count, bool whole) {
  if (whole && count >= 4) return float4(*(device const ${type}4 *)(p + at));
  float4 quad = float4(0.0f);
  for (uint j = 0; j < min(count, 4u); j++) quad[j] = float(p[at + j]);
  return quad;
}

inline float4 strided_quad(device const ${type} *p, uint at, uint step, uint count) {
  float4 quad = float4(0.0f);
  for (uint j = 0; j < min(count, 4u); j++) quad[j] = float(p[at + j * step]);
  return quad;
}`,
  )
  .join('\n\n');

/** left_of(length, at): how many elements there are from `at` on. */
export const LEFT = 'inline uint left_of(uint length, uint at) { return length > at ? length - at : 0; }';
