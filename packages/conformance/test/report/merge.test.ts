/** The shards of a run: what each runs, and what they say together. */

import { cpu } from '@wick/backend-cpu';
import { describe, expect, it } from 'vitest';
import { mergeReports, parseReport } from '../../src/report/merge.js';
import type { ConformanceReport } from '../../src/report/schema.js';
import { assert } from '../../src/suite/assert.js';
import type { ConformanceCase } from '../../src/suite/case.js';
import { type RunSuiteOptions, runSuite } from '../../src/suite/run-suite.js';

function kernelCase(kernel: string, dtype: 'float32' | 'float16', share: number): ConformanceCase {
  return {
    name: `kernel ${kernel}, ${dtype}: ${share}`,
    group: `kernels: ${kernel}`,
    kernel,
    dtype,
    run: ({ noteError }) => noteError({ share, got: 1, want: 1 }),
  };
}

/** In another order than any shard meets its rows in. */
const CASES: readonly ConformanceCase[] = [
  kernelCase('unary', 'float32', 0.25),
  kernelCase('unary', 'float16', 0.125),
  kernelCase('binary', 'float32', 0.5),
  kernelCase('unary', 'float32', 0.75),
  { ...kernelCase('binary', 'float16', 0.1), inapplicable: () => 'no float16' },
  { name: 'invariant 1: broken', group: 'invariant 1', run: () => assert(false, 'it is broken') },
  { name: 'invariant 2: holds', group: 'invariant 2', run: () => {} },
  { ...kernelCase('unary', 'float16', 0.2), inapplicable: () => 'no float16' },
];

function run(options: Partial<RunSuiteOptions> = {}) {
  return runSuite({ ...cpu(), cases: CASES, host: 'here', ...options });
}

function shards(count: number, options: Partial<RunSuiteOptions> = {}): Promise<ConformanceReport[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) => run({ shard: { index: i + 1, count }, ...options })),
  );
}

/** What is of the run and not of its cases. */
function withoutTimes({ date, milliseconds, ...rest }: ConformanceReport) {
  return rest;
}

function totalOf({ counts }: ConformanceReport): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

describe('a shard', () => {
  it('has one of every n cases, each time another, and says so', async () => {
    const names: string[] = [];
    const made = await run({ shard: { index: 2, count: 3 }, onResult: ({ name }) => names.push(name) });
    expect(names).toEqual([1, 3].map((i) => CASES[i].name));
    expect(made).toMatchObject({ complete: false, shard: { index: 2, count: 3 } });
    expect(made).not.toHaveProperty('interrupted');
  });

  it('has cases of what a filter leaves', async () => {
    const names: string[] = [];
    const onResult: RunSuiteOptions['onResult'] = ({ name }) => names.push(name);
    await run({ filter: 'invariant', shard: { index: 2, count: 2 }, onResult });
    expect(names).toEqual(['invariant 2: holds']);
  });

  it.each([
    [0, 2],
    [3, 2],
    [1.5, 2],
    [1, Number.NaN],
  ])('has to be one of them: not %d of %d', async (index, count) => {
    await expect(run({ shard: { index, count } })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('merged shards', () => {
  it.each([1, 2, 3, 12])('are what one run says, of %d', async (count) => {
    const parts = await shards(count);
    const whole = withoutTimes(await run());
    const merged = withoutTimes(mergeReports(parts.toReversed(), CASES));
    // Exclusions and failures name their cases shard by shard.
    const sortedCases = (report: typeof whole) => ({
      ...report,
      exclusions: report.exclusions.map((each) => ({ ...each, cases: [...each.cases].sort() })),
    });
    expect(sortedCases(merged)).toEqual(sortedCases(whole));
    expect(merged).toMatchObject({ complete: true, conforms: false });
  });

  it('took as long as the longest, and ended with the last', async () => {
    const [a, b] = await shards(2);
    const merged = mergeReports(
      [
        { ...a, milliseconds: 70, date: '2026-11-27T01:00:00.000Z' },
        { ...b, milliseconds: 50, date: '2026-11-27T01:00:02.000Z' },
      ],
      CASES,
    );
    expect(merged).toMatchObject({ milliseconds: 70, date: '2026-11-27T01:00:02.000Z' });
  });

  it('of a run that was interrupted or filtered are not the whole suite', async () => {
    const [a, b] = await shards(2);
    expect(mergeReports([a, { ...b, interrupted: true }], CASES)).toMatchObject({
      complete: false,
      interrupted: true,
    });
    const filtered = mergeReports(await shards(2, { filter: 'unary' }), CASES);
    expect(filtered).toMatchObject({ complete: false, filter: 'unary' });
    expect(totalOf(filtered)).toBe(4);
  });

  it('are of one run, each there once', async () => {
    const [a, b] = await shards(2);
    const [third] = await shards(3);
    const refused = (reports: readonly ConformanceReport[]) => {
      try {
        mergeReports(reports, CASES);
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    };
    const code = 'INVALID_ARGUMENT';
    const wrong: readonly (readonly [readonly ConformanceReport[], string])[] = [
      [[], 'none of these'],
      [[await run()], 'none of these'],
      [[a], 'shard 2 of 2 is missing'],
      [[a, b, a], 'shard 1 of 2 is there 2 times'],
      [[a, b, third], 'not of 2'],
      [[a, { ...b, firstSeed: 9 }], 'firstSeed is 1 and 9'],
      [[a, { ...b, filter: 'unary' }], 'filter'],
      [[a, { ...b, backend: { ...b.backend, driver: 'another' } }], 'another'],
    ];
    for (const [reports, message] of wrong) {
      expect(refused(reports)).toMatchObject({ code, message: expect.stringContaining(message) });
    }
  });

  it('are read from JSON of the right format only', async () => {
    const made = await run();
    expect(parseReport(JSON.parse(JSON.stringify(made)))).toEqual(made);
    expect(() => parseReport(null)).toThrow('no report');
    expect(() => parseReport({})).toThrow('no report');
    expect(() => parseReport({ format: 'wick.conformance/0' })).toThrow('"wick.conformance/0"');
  });
});
