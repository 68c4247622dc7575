/**
 * IEEE 754 binary16, which this backend stores as two bytes and computes with as float32. Both directions
 * work on bit patterns, so that NaN payloads survive a round trip.
 */

/** float32 bits of every float16. */
const DECODED = /* @__PURE__ */ decodeTable();

function decodeTable(): Uint32Array {
  const table = new Uint32Array(0x10000);
  for (let half = 0; half < 0x8000; half++) {
    const exponent = half >>> 10;
    const mantissa = half & 0x3ff;
    let bits: number;
    if (exponent === 0x1f) {
      bits = 0x7f800000 | (mantissa << 13);
    } else if (exponent > 0) {
      bits = ((exponent + 112) << 23) | (mantissa << 13); // 127 - 15
    } else if (mantissa === 0) {
      bits = 0;
    } else {
      // A subnormal, mantissa * 2^-24, is normal in float32: shift its leading bit into the hidden place.
      const shift = Math.clz32(mantissa) - 21;
      bits = ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
    }
    table[half] = bits;
    table[half | 0x8000] = bits | 0x80000000;
  }
  return table;
}

/** Rounds float32 bits to the nearest float16, ties to even; beyond 65520 to infinity. */
function encodeBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) {
    if (magnitude === 0x7f800000) return sign | 0x7c00;
    // A NaN whose payload does not reach the ten upper bits must not turn into infinity.
    return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
  }
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more
  if (magnitude >= 0x38800000) {
    // Normal, 2^-14 and more: a carry out of the mantissa goes into the exponent, as it should.
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25 ties to zero
  // Subnormal: the mantissa with its hidden bit, in units of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const odd = (mantissa >>> shift) & 1;
  return sign | ((mantissa + (1 << (shift - 1)) - 1 + odd) >>> shift);
}

/** Decodes `source` into `target`, which has the same length. */
export function decodeFloat16(source: Uint16Array, target: Float32Array): void {
  const bits = new Uint32Array(target.buffer, target.byteOffset, target.length);
  for (let i = 0; i < source.length; i++) bits[i] = DECODED[source[i]];
}

/** Encodes `source` into `target`, which has the same length. */
export function encodeFloat16(source: Float32Array, target: Uint16Array): void {
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  for (let i = 0; i < bits.length; i++) target[i] = encodeBits(bits[i]);
}
