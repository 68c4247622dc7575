const word = new DataView(new ArrayBuffer(4));

/**
 * The value of an IEEE 754 binary16: 1 bit sign, 5 bits exponent with bias 15, 10 bits fraction.
 * `bits` is its 16 bits as a whole number.
 */
export function float16ToNumber(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  const sign = (bits & 0x8000) << 16;
  if (exponent === 0) return (sign < 0 ? -1 : 1) * fraction * 2 ** -24;
  // The same number as a float32, whose exponent has bias 127; the highest one is infinity or NaN in both.
  const wide = exponent === 31 ? 255 : exponent + 112;
  word.setInt32(0, sign | (wide << 23) | (fraction << 13));
  return word.getFloat32(0);
}

/** The value of a bfloat16, the upper half of a float32, from its 16 bits as a whole number. */
export function bfloat16ToNumber(bits: number): number {
  word.setInt32(0, bits << 16);
  return word.getFloat32(0);
}
