import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32, philoxKey, uniformFromWords } from '../src/random/philox.js';

const word = fc.nat(0xffffffff);
const counters = fc.tuple(word, word, word, word);
const keys = fc.tuple(word, word);

/** The ten rounds again, in whole numbers without bounds. */
function reference(counter: readonly number[], key: readonly number[]): number[] {
  const mask = 0xffffffffn;
  let [c0, c1, c2, c3] = counter.map(BigInt);
  let [k0, k1] = key.map(BigInt);
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * c0;
    const b = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & mask, (a >> 32n) ^ c3 ^ k1, a & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}

describe('philox4x32', () => {
  it('computes the rounds exactly, for any counter and key', () => {
    fc.assert(
      fc.property(counters, keys, (counter, key) => {
        expect([...philox4x32(counter, key)]).toEqual(reference(counter, key));
      }),
      { numRuns: 1000 },
    );
  });

  it('writes into the array that it is given, which may be the counter', () => {
    const out = Uint32Array.of(1, 2, 3, 4);
    const words = [...philox4x32(out, [0, 0])];
    expect(philox4x32(out, [0, 0], out)).toBe(out);
    expect([...out]).toEqual(words);
  });

  it('takes signed words as unsigned ones', () => {
    const ones = new Array<number>(4).fill(0xffffffff);
    expect([...philox4x32([-1, -1, -1, -1], [-1, -1])]).toEqual([...philox4x32(ones, ones)]);
  });
});

describe('philoxKey', () => {
  it('splits a seed into its low and high words', () => {
    expect(philoxKey(0)).toEqual([0, 0]);
    expect(philoxKey(2 ** 32)).toEqual([0, 1]);
    expect(philoxKey(2 ** 53 - 1)).toEqual([0xffffffff, 0x1fffff]);
  });
});

describe('uniformFromWords', () => {
  it('is in [0, 1), with all the bits of a double', () => {
    expect(uniformFromWords(0, 0)).toBe(0);
    expect(uniformFromWords(0xffffffff, 0xffffffff)).toBe(1 - 2 ** -53);
    expect(uniformFromWords(0x80000000, 0)).toBe(0.5);
    expect(uniformFromWords(0, 1 << 11)).toBe(2 ** -53);
  });

  it('spreads evenly', () => {
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      const [a, b] = philox4x32([i, 0, 0, 0], [7, 0]);
      bins[Math.floor(uniformFromWords(a, b) * 16)]++;
    }
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 15 degrees of freedom: above 37.7 once in a thousand seeds.
    expect(chiSquare).toBeLessThan(37.7);
  });
});
