/**
 * Sine and cosine. Those of WGSL are only good to 2^-11, and to nothing outside of [-pi, pi]. Here the
 * argument is reduced to [-pi/4, pi/4] and a number of quarter turns: by three constants after Cody and
 * Waite up to 8192, beyond by a fixed-point product with 2/pi after Payne and Hanek. The polynomials are
 * those of Cephes' sinf and cosf.
 */
export const TRIGONOMETRY: Readonly<Record<string, string>> = {
  sin_f: 'fn sin_f(x: f32) -> f32 { return quarter_sine(reduced_angle(x), 0u); }',
  cos_f: 'fn cos_f(x: f32) -> f32 { return quarter_sine(reduced_angle(x), 1u); }',

  ReducedAngle: 'struct ReducedAngle { rest: f32, quarters: u32 }',

  // sin(angle + more quarter turns)
  quarter_sine: `fn quarter_sine(angle: ReducedAngle, more: u32) -> f32 {
  let quarters = angle.quarters + more;
  let r = angle.rest;
  let z = r * r;
  let sine = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
  let cosine = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z
    - 0.5 * z + 1.0;
  let value = select(sine, cosine, (quarters & 1u) == 1u);
  return select(value, -value, (quarters & 2u) == 2u);
}`,

  reduced_angle: `fn reduced_angle(x: f32) -> ReducedAngle {
  if ((bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u) { return ReducedAngle(from_bits(0x7fc00000u), 0u); }
  if (abs(x) > 8192.0) { return reduced_large_angle(x); }
  let turns = round(x * 0.6366197723675814);
  let rest = ((x - turns * 1.5703125) - turns * 4.837512969970703125e-4) - turns * 7.54978995489188216e-8;
  return ReducedAngle(rest, bitcast<u32>(i32(turns)));
}`,

  // 2/pi as binary digits, two places to the right; the product keeps 2 bits of quarters and 62 of the rest.
  reduced_large_angle: `const TWO_OVER_PI = array<u32, 7>(
  0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u, 0x7f9458eau);
fn reduced_large_angle(x: f32) -> ReducedAngle {
  var digits = TWO_OVER_PI;
  let bits = bitcast<u32>(x);
  let mantissa = (bits << 8u) | 0x80000000u;
  let exponent = ((bits >> 23u) & 255u) - 126u;
  let word = exponent >> 5u;
  let shift = exponent & 31u;
  var high = 0u;
  if (word > 0u) { high = digits[word - 1u]; }
  var middle = digits[word];
  var low = digits[word + 1u];
  if (shift > 0u) {
    high = (high << shift) | (middle >> (32u - shift));
    middle = (middle << shift) | (low >> (32u - shift));
    low = (low << shift) | (digits[word + 2u] >> (32u - shift));
  }
  let carried = wide_product(mantissa, low).y;
  let product = wide_product(mantissa, middle);
  let bottom = product.x + carried;
  var top = product.y + mantissa * high + select(0u, 1u, bottom < carried);
  var quarters = top >> 30u;
  top &= 0x3fffffffu;
  if ((top & 0x20000000u) != 0u) { // more than half a quarter: the rest is negative
    top |= 0xc0000000u;
    quarters += 1u;
  }
  let rest = (f32(bitcast<i32>(top)) * 4294967296.0 + f32(bottom)) * 3.4061215800865545e-19; // pi/2 * 2^-62
  if ((bits & 0x80000000u) != 0u) { return ReducedAngle(-rest, 0u - quarters); }
  return ReducedAngle(rest, quarters);
}`,

  // The low and the high word of a product.
  wide_product: `fn wide_product(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u((other << 16u) | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u));
}`,
};
