import { describe, expect, test } from 'vitest';
import { NORMAL_TABLE, normalFromBits } from '../src/random/normal.js';
import { philox4x32 } from '../src/random/philox.js';

/** Upper tail of the standard normal from erfcc of "Numerical Recipes"; relative error below 1.2e-7. */
function tail(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.5 * x);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ];
  return 0.5 * t * Math.exp(coefficients.reduce((sum, c) => sum * t + c, 0) - x * x);
}

const density = (z: number) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

function normals(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const block = philox4x32([Math.floor(i / 4), 0, 0, 0], [20, 24]);
    return normalFromBits(block[i % 4], NORMAL_TABLE);
  });
}

/** FNV-1a over 32-bit words. */
function checksum(words: ArrayLike<number>): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) {
    for (let shift = 0; shift < 32; shift += 8)
      hash = Math.imul(hash ^ ((words[i] >>> shift) & 0xff), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

describe('NORMAL_TABLE', () => {
  test('never changes', () => {
    expect(NORMAL_TABLE).toHaveLength(4097);
    expect(checksum(NORMAL_TABLE)).toMatchInlineSnapshot(`"96424064"`);
  });

  test('falls to 0 in steps whose products with a fraction fit in 31 bits', () => {
    expect(NORMAL_TABLE[4096]).toBe(0);
    expect(NORMAL_TABLE[0]).toBeLessThan(2 ** 24);
    for (let i = 0; i < 4096; i++) {
      const drop = NORMAL_TABLE[i] - NORMAL_TABLE[i + 1];
      expect(drop >= 0 && (2 ** 17 - 1) * drop + 2 ** 16 < 2 ** 31, `step ${i}`).toBe(true);
    }
  });
});

describe('normalFromBits', () => {
  test('never changes', () => {
    const words = Int32Array.from(normals(1000), (z) => z * 2 ** 21);
    expect(checksum(words)).toMatchInlineSnapshot(`"a9252f48"`);
  });

  test('is the quantile, by scipy.special.ndtri', () => {
    const expected: readonly (readonly [word: number, z: number])[] = [
      [0, 6.3379577545537895],
      [1, 6.166429517819751],
      [0x12345678, 1.4675657314922321],
      [0x40000000, 0.6744897497298384],
      [0x7fffffff, 2.9e-10],
      [0x80000000, -6.3379577545537895],
      [0xdeadbeef, -0.3322807127693131],
    ];
    for (const [word, z] of expected) {
      expect(Math.abs(normalFromBits(word, NORMAL_TABLE) - z)).toBeLessThan(4e-6);
    }
  });

  test('stays within 4e-6 of the quantile inside every segment', () => {
    let worst = 0;
    for (let octave = 0; octave < 31; octave++) {
      for (let part = 0; part < 512; part++) {
        const word = Math.floor(2 ** octave * (1 + part / 512)); // four points to a segment
        const z = normalFromBits(word, NORMAL_TABLE);
        worst = Math.max(worst, Math.abs((tail(z) - (2 * word + 1) / 2 ** 33) / density(z)));
      }
    }
    expect(worst).toBeLessThan(4e-6);
  });

  test('is odd in the sign bit, exact in float32, and knows no -0', () => {
    for (let i = 0; i < 4000; i++) {
      const word = philox4x32([i, 1, 0, 0], [3, 4])[0] >>> (1 + (i % 31));
      const z = normalFromBits(word, NORMAL_TABLE);
      expect(normalFromBits((word | 0x80000000) >>> 0, NORMAL_TABLE)).toBe(z === 0 ? 0 : -z);
      expect(Math.fround(z)).toBe(z);
    }
    expect(normalFromBits(0xffffffff, NORMAL_TABLE)).toBe(0);
  });

  test('has the moments and the distribution of the standard normal', () => {
    const count = 100_000;
    const z = normals(count).sort();
    const moment = (power: number) => z.reduce((sum, value) => sum + value ** power, 0) / count;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
    // Kolmogorov-Smirnov: 1.63 / sqrt(n) is the distance that one sample in a hundred exceeds.
    const below = (value: number) => (value < 0 ? tail(-value) : 1 - tail(value));
    const distance = z.reduce(
      (worst, value, i) => Math.max(worst, Math.abs(below(value) - (i + 0.5) / count)),
      0,
    );
    expect(distance).toBeLessThan(1.63 / Math.sqrt(count));
  });
});
