/**
 * A standard normal from 32 random bits in integer arithmetic, so that every backend gives the same bits.
 *
 * The top bit of the word is the sign; the other 31 bits m give the tail probability
 * p = (2m + 1) / 2^33 in (0, 1/2). |z| is the p-quantile of the upper tail, read off a table: octaves of p
 * by the leading zeros of 2m + 1, 128 linear segments to an octave, z in units of 2^-21. No product exceeds
 * 31 bits; |z| is below 6.4, so z is below 2^24 units and its conversion to float32 is exact. The largest
 * interpolation error is 4e-6.
 */

const SEGMENTS = 128;
const SEGMENT_BITS = 7;
/** Bits of the position inside a segment that are used, of the 24 that there are. */
const FRACTION_BITS = 17;
const UNIT = 2 ** -21;

const LENGTH = 32 * SEGMENTS + 1;

/**
 * The quantiles: entry octave * 128 + segment stands for p = 2^octave (1 + segment / 128) / 2^33. Built from
 * sums, products, quotients and square roots only, which IEEE 754 rounds alike everywhere; `Math.exp` may
 * differ between engines.
 */
export const NORMAL_TABLE: Int32Array = /* @__PURE__ */ buildTable();

/** The standard normal that belongs to the random 32-bit `word`. */
export function normalFromBits(word: number, table: Int32Array): number {
  const tail = ((word << 1) | 1) >>> 0;
  const zeros = Math.clz32(tail);
  const normalised = tail << zeros; // top bit set, 7 bits of segment, 24 bits inside it
  const segment = (normalised >>> (31 - SEGMENT_BITS)) & (SEGMENTS - 1);
  const fraction = (normalised & 0xffffff) >>> (24 - FRACTION_BITS);
  const index = (31 - zeros) * SEGMENTS + segment;
  const start = table[index];
  const drop = start - table[index + 1];
  const units = start - ((fraction * drop + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS);
  return (word >>> 31 === 1 ? -units | 0 : units) * UNIT; // | 0: there is no integer -0
}

function buildTable(): Int32Array {
  const table = new Int32Array(LENGTH);
  let z = 0;
  // From the middle, p = 1/2 and z = 0, outwards: each quantile is where Newton's method begins the next.
  for (let index = LENGTH - 2; index >= 0; index--) {
    const octave = index >>> SEGMENT_BITS;
    const p = (2 ** octave * (1 + (index & (SEGMENTS - 1)) / SEGMENTS)) / 2 ** 33;
    for (let step = 0; step < 2; step++) {
      const d = density(z);
      z += (tail(z, d) - p) / d;
    }
    table[index] = Math.round(z / UNIT);
  }
  return table;
}

/** exp(-z^2 / 2) / sqrt(2 pi), for z up to 7: exp(-x) as the 128th power of the series of exp(-x / 128). */
function density(z: number): number {
  const x = (z * z) / 256;
  let value = 1;
  for (let n = 16; n > 0; n--) value = 1 - (x / n) * value;
  for (let doubling = 0; doubling < 7; doubling++) value *= value;
  return value / 2.5066282746310002; // sqrt(2 pi)
}

/**
 * Upper tail probability of a standard normal, whose density at z is d. Below 3 one half less the series
 * 26.2.11, above it the continued fraction 26.2.14 of Abramowitz, Stegun, "Handbook of mathematical
 * functions", 1964.
 */
function tail(z: number, d: number): number {
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let n = 3; term > 1e-15; n += 2) {
      term *= (z * z) / n;
      sum += term;
    }
    return 0.5 - d * sum;
  }
  let fraction = z;
  for (let n = 30; n > 0; n--) fraction = z + n / fraction;
  return d / fraction;
}
