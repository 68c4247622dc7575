import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyTemperature,
  checkLogits,
  checkSampling,
  choose,
  greedy,
  keepTopK,
  keepTopP,
  type SamplingOptions,
  sample,
  softmax,
} from '../src/index.js';
import { failure } from './helpers/errors.js';

const OUT = Number.NEGATIVE_INFINITY;
const logits = fc
  .array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 40 })
  .map((values) => Float32Array.from(values));
const kept = (values: Float32Array): number[] => [...values.keys()].filter((id) => values[id] !== OUT);

describe('greedy', () => {
  it('takes the highest, the first of equals', () => {
    expect(greedy(Float32Array.of(1, 3, 2))).toBe(1);
    expect(greedy(Float32Array.of(2, 3, 3, 1))).toBe(1);
    expect(greedy(Float32Array.of(-0, 0))).toBe(0);
    expect(greedy(Float32Array.of(OUT, -5, OUT))).toBe(1);
    expect(greedy(Float32Array.of(7))).toBe(0);
  });
});

describe('logits that nothing can be chosen from', () => {
  const bad = [[1, Number.NaN], [Number.NaN], [Number.POSITIVE_INFINITY, 1], [OUT, OUT]];
  for (const values of bad) {
    it(`are a bad output: ${values}`, async () => {
      const list = Float32Array.from(values);
      await failure('BAD_OUTPUT', () => checkLogits(list));
      await failure('BAD_OUTPUT', () => greedy(list));
      await failure('BAD_OUTPUT', () => sample(list, checkSampling(), 0));
      await failure('BAD_OUTPUT', () => sample(list, checkSampling({ temperature: 0 }), 0));
    });
  }

  it('are a bad argument when there are none', async () => {
    await failure('INVALID_ARGUMENT', () => greedy(new Float32Array()));
    await failure('INVALID_ARGUMENT', () => sample(new Float32Array(), checkSampling(), 0));
  });
});

describe('softmax', () => {
  it('is e^x over the sum', () => {
    const [a, b, c] = softmax(Float32Array.of(0, Math.log(2), OUT));
    expect(a).toBeCloseTo(1 / 3, 7);
    expect(b).toBeCloseTo(2 / 3, 7);
    expect(c).toBe(0);
  });

  it('does not overflow', () => {
    expect([...softmax(Float32Array.of(1e38, 1e38))]).toEqual([0.5, 0.5]);
  });
});

describe('applyTemperature', () => {
  it('divides', () => {
    expect(applyTemperature(Float32Array.of(1, -2, OUT), 0.5)).toEqual(Float32Array.of(2, -4, OUT));
  });
});

describe('keepTopK', () => {
  it('keeps the k highest', () => {
    expect(kept(keepTopK(Float32Array.of(1, 4, 2, 3), 2))).toEqual([1, 3]);
    expect(kept(keepTopK(Float32Array.of(1, 4, 2, 3), 1))).toEqual([1]);
  });

  it('keeps what equals the k-th', () => {
    expect(kept(keepTopK(Float32Array.of(1, 2, 2, 3), 2))).toEqual([1, 2, 3]);
  });

  it('keeps all when k is the number of tokens or more', () => {
    for (const k of [3, 4, Number.MAX_SAFE_INTEGER]) {
      expect(kept(keepTopK(Float32Array.of(1, 2, 3), k))).toEqual([0, 1, 2]);
    }
  });

  it('keeps at least k, and nothing that is lower than what it drops', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 50 }), (values, k) => {
        const ids = kept(keepTopK(values, k));
        expect(ids.length).toBeGreaterThanOrEqual(Math.min(k, values.length));
        const lowest = Math.min(...ids.map((id) => values[id]));
        for (const [id, value] of values.entries()) if (!ids.includes(id)) expect(value).toBeLessThan(lowest);
      }),
    );
  });
});

describe('keepTopP', () => {
  // Probabilities of 0.1, 0.2, 0.3, 0.4.
  const tenths = Float32Array.of(1, 2, 3, 4).map(Math.log);

  it('keeps the fewest that reach p', () => {
    expect(kept(keepTopP(tenths, 0.39))).toEqual([3]);
    expect(kept(keepTopP(tenths, 0.41))).toEqual([2, 3]);
    expect(kept(keepTopP(tenths, 0.69))).toEqual([2, 3]);
    expect(kept(keepTopP(tenths, 0.71))).toEqual([1, 2, 3]);
    expect(kept(keepTopP(tenths, 1))).toEqual([0, 1, 2, 3]);
  });

  it('keeps at least one', () => {
    expect(kept(keepTopP(tenths, Number.MIN_VALUE))).toEqual([3]);
  });

  it('takes the lower id of equals', () => {
    expect(kept(keepTopP(Float32Array.of(1, 1, 1, 1), 0.5))).toEqual([0, 1]);
  });

  it('reaches p, and would not with one token less', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
        const probabilities = softmax(values);
        const chosen = kept(keepTopP(values, p)).map((id) => probabilities[id]);
        const sum = chosen.reduce((total, value) => total + value, 0);
        expect(sum).toBeGreaterThan(p - 1e-12);
        expect(sum - Math.min(...chosen)).toBeLessThan(p + 1e-12);
      }),
    );
  });
});

describe('choose', () => {
  it('divides the unit interval in the order of ids', () => {
    const values = Float32Array.of(Math.log(1), Math.log(3), OUT);
    expect(choose(values, 0)).toBe(0);
    expect(choose(values, 0.2499)).toBe(0);
    expect(choose(values, 0.2501)).toBe(1);
    expect(choose(values, 1 - 2 ** -53)).toBe(1);
  });

  it('never takes what is ruled out', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (values, u) => {
        const masked = keepTopK(values, 2);
        expect(kept(masked)).toContain(choose(masked, u));
      }),
    );
  });
});

describe('sample', () => {
  const values = Float32Array.of(0, 1, 2, 3, 4);
  const text = (options: SamplingOptions, length = 64): number[] =>
    Array.from({ length }, (_, step) => sample(values, checkSampling(options), step));

  it('gives the same for the same seed, and another text for another', () => {
    expect(text({ seed: 5 })).toEqual(text({ seed: 5 }));
    expect(text({ seed: 5 })).not.toEqual(text({ seed: 6 }));
    expect(text({ seed: 2 ** 32 })).not.toEqual(text({ seed: 0 }));
    expect(text({})).toEqual(text({ temperature: 1, topP: 1, seed: 0 }));
  });

  it('needs no earlier step', () => {
    expect(sample(values, checkSampling({ seed: 9 }), 40)).toBe(text({ seed: 9 })[40]);
  });

  it('stays as it is between versions', () => {
    expect(text({ seed: 42, temperature: 1.5 }, 24).join('')).toBe('444433234343323441433343');
  });

  it('takes the best at temperature 0, with top-k 1, with a tiny top-p and with a tiny temperature', () => {
    const best = new Array<number>(64).fill(4);
    expect(text({ temperature: 0 })).toEqual(best);
    expect(text({ topK: 1 })).toEqual(best);
    expect(text({ topP: 1e-9 })).toEqual(best);
    expect(text({ temperature: Number.MIN_VALUE })).toEqual(best);
    expect(text({ temperature: 1e-30 })).toEqual(best);
  });

  it('takes all alike at an enormous temperature', () => {
    const counts = new Array<number>(5).fill(0);
    for (const id of text({ temperature: 1e9 }, 5000)) counts[id]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('follows the probabilities', () => {
    const probabilities = softmax(values);
    const counts = new Array<number>(5).fill(0);
    for (const id of text({ seed: 3 }, 20_000)) counts[id]++;
    for (const [id, count] of counts.entries()) {
      const expected = 20_000 * probabilities[id];
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected) + 5);
    }
  });

  it('applies the temperature before top-p', () => {
    // At temperature 1 the best token alone reaches 0.6; at 100 it takes four of five.
    expect(new Set(text({ topP: 0.6 }, 500))).toEqual(new Set([4]));
    expect(new Set(text({ topP: 0.6, temperature: 100 }, 500)).size).toBe(3);
  });

  it('applies top-k before top-p', () => {
    // Of the two best, the best has 0.73; of all five 0.64.
    expect(new Set(text({ topP: 0.7, topK: 2 }, 500))).toEqual(new Set([4]));
    expect(new Set(text({ topP: 0.7 }, 500))).toEqual(new Set([3, 4]));
  });

  it('leaves the logits as they were', () => {
    const before = values.slice();
    text({ temperature: 0.5, topK: 3, topP: 0.5 });
    expect(values).toEqual(before);
  });
});

describe('sampling options', () => {
  const bad: SamplingOptions[] = [
    { temperature: -1 },
    { temperature: Number.NaN },
    { temperature: Number.POSITIVE_INFINITY },
    { topK: 0 },
    { topK: -1 },
    { topK: 1.5 },
    { topK: Number.NaN },
    { topP: 0 },
    { topP: -0.1 },
    { topP: 1.1 },
    { topP: Number.NaN },
    { seed: -1 },
    { seed: 0.5 },
    { seed: 2 ** 53 },
    { seed: Number.NaN },
  ];
  for (const options of bad) {
    it(`are refused: ${Object.entries(options)}`, async () => {
      await failure('INVALID_ARGUMENT', () => checkSampling(options));
    });
  }

  it('a step has to be a whole number', async () => {
    for (const step of [-1, 0.5, 2 ** 53]) {
      await failure('INVALID_ARGUMENT', () => sample(Float32Array.of(1), checkSampling(), step));
    }
  });
});
