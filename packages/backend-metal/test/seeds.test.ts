/**
 * The suite under many seeds: of its adversary, which orders what the plan leaves open, and of softmetal,
 * which orders what barriers and fences leave open. WICK_METAL_SEEDS=N says how many (CI: 50). Each seed
 * meets both regressions and a part of the cases where an order can matter; with WICK_METAL_SWEEP=all, every
 * case of the suite.
 */

import { allCases, Conformance, type ConformanceCase, isGood } from '@wick/conformance';
import { afterAll, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { REQUIRE_HOSTS } from '../../../testing/hosts.js';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';

const seeds = Number(process.env.WICK_METAL_SEEDS ?? (REQUIRE_HOSTS ? 50 : 0));
const unasked = seeds > 0 ? missingMetal() : 'it takes minutes: pnpm metal:seeds, or WICK_METAL_SEEDS=50';

/** One seed in so many meets a case; the next seed meets the next case. */
const STRIDES = [
  { group: 'regressions', stride: 1 },
  { group: 'concurrency', stride: 4 },
  { group: 'random graphs', stride: 10 },
  { group: 'hazards', stride: 16 },
];

function chosen(seed: number): readonly ConformanceCase[] {
  const cases = allCases();
  if (process.env.WICK_METAL_SWEEP === 'all') return cases;
  return STRIDES.flatMap(({ group, stride }) =>
    cases.filter((given) => given.group.startsWith(group)).filter((_, i) => (i + seed) % stride === 0),
  );
}

describeUnless(unasked, 'the suite on Metal', () => {
  const given = process.env.SOFTMETAL_SEED;
  afterAll(() => {
    if (given === undefined) delete process.env.SOFTMETAL_SEED;
    else process.env.SOFTMETAL_SEED = given;
  });

  it.each(Array.from({ length: seeds }, (_, i) => i + 1))(
    'passes under seed %i',
    {
      timeout: 600_000,
    },
    async (seed) => {
      process.env.SOFTMETAL_SEED = String(seed);
      const conformance = new Conformance({ ...metal(), firstSeed: seed });
      const cases = chosen(seed);
      let good = 0;
      try {
        for (const one of cases) {
          const result = await conformance.run(one);
          if (!isGood(result)) throw new Error(`${one.name}: ${result.error}`, { cause: result.error });
          good++;
        }
      } finally {
        await conformance.close();
      }
      expect(good).toBe(cases.length);
      expect(good).toBeGreaterThan(0);
    },
  );
});
