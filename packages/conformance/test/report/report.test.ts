/** A run of the suite as a report. */

import { cpu } from '@wick/backend-cpu';
import { describe, expect, it } from 'vitest';
import { describeHost } from '../../src/report/host.js';
import { report } from '../../src/report/report.js';
import { assert } from '../../src/suite/assert.js';
import type { ConformanceCase } from '../../src/suite/case.js';
import { type CaseResult, Conformance } from '../../src/suite/run.js';
import { type RunSuiteOptions, runSuite } from '../../src/suite/run-suite.js';

const CASES: readonly ConformanceCase[] = [
  {
    name: 'kernel unary, float32: near',
    group: 'kernels: unary',
    kernel: 'unary',
    dtype: 'float32',
    run: ({ noteError }) => noteError({ share: 0.25, got: 1.5, want: 1 }),
  },
  {
    name: 'kernel unary, float32: nearer',
    group: 'kernels: unary',
    kernel: 'unary',
    dtype: 'float32',
    run: ({ noteError }) => noteError({ share: 0.125, got: 1.25, want: 1 }),
  },
  {
    name: 'kernel unary, float16: none',
    group: 'kernels: unary',
    kernel: 'unary',
    dtype: 'float16',
    inapplicable: () => 'no float16',
    run: () => {},
  },
  { name: 'invariant 1: broken', group: 'invariant 1', run: () => assert(false, 'it is broken') },
  { name: 'invariant 2: known', group: 'invariant 2', run: () => assert(false, 'known') },
];

const FACTS = { host: 'here', milliseconds: 1, seeds: 1, firstSeed: 1, complete: true };

const expectedFailures = [{ case: 'invariant 2: known', reason: 'issue 7' }];

function run(options: Partial<RunSuiteOptions> = {}) {
  return runSuite({ ...cpu(), cases: CASES, expectedFailures, host: 'here', ...options });
}

describe('a report', () => {
  it('counts by kernel and dtype, and by group, with the largest error', async () => {
    const made = await run();
    expect(made).toMatchObject({
      conforms: false,
      complete: true,
      host: 'here',
      backend: { name: 'cpu' },
      seeds: 1,
      counts: { passed: 2, failed: 1, skipped: 1, 'failed as expected': 1, 'passed unexpectedly': 0 },
      kernels: [
        {
          kernel: 'unary',
          dtype: 'float32',
          counts: { passed: 2 },
          largestError: { share: 0.25, got: 1.5, want: 1, case: 'kernel unary, float32: near' },
        },
        { kernel: 'unary', dtype: 'float16', counts: { passed: 0, skipped: 1 } },
      ],
      groups: [{ group: 'invariant 1' }, { group: 'invariant 2' }],
      exclusions: [
        { status: 'skipped', reason: 'no float16', cases: ['kernel unary, float16: none'] },
        { status: 'failed as expected', reason: 'issue 7', cases: ['invariant 2: known'] },
      ],
      failures: [{ case: 'invariant 1: broken', status: 'failed', message: 'it is broken' }],
      listProblems: [],
    });
    expect(made.kernels[1]).not.toHaveProperty('largestError');
  });

  it('is plain data: JSON keeps all of it', async () => {
    const made = await run();
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it('conforms only without failures, unexpected passes and unsound lists', async () => {
    const passing = CASES.slice(0, 1);
    expect((await run({ cases: passing, expectedFailures: [] })).conforms).toBe(true);
    const unexpected = [{ case: CASES[0].name, reason: 'issue 8' }];
    expect(await run({ cases: passing, expectedFailures: unexpected })).toMatchObject({
      conforms: false,
      failures: [{ status: 'passed unexpectedly', message: 'issue 8' }],
    });
    const unsound = await run({ cases: passing, expectedFailures });
    expect(unsound.conforms).toBe(false);
    expect(unsound.listProblems).toHaveLength(1);
  });

  it('of a part of the suite says so', async () => {
    const some = await run({ filter: 'invariant 2' });
    expect(some).toMatchObject({ complete: false, filter: 'invariant 2', conforms: true });
    expect(some.counts['failed as expected']).toBe(1);
  });

  it('never has NaN for its largest error: the case that notes it has failed', async () => {
    const noted = { share: Number.NaN, got: Number.NaN, want: 1 };
    const [near, nearer] = CASES;
    const noNumber: ConformanceCase = {
      ...near,
      name: 'no number',
      run: ({ noteError }) => noteError(noted),
    };
    const made = await run({ cases: [noNumber, nearer], expectedFailures: [] });
    expect(made.failures).toMatchObject([
      { case: 'no number', message: expect.stringContaining('is no number') },
    ]);
    expect(made.kernels).toMatchObject([{ largestError: { share: 0.125 } }]);
    // Also of results that came some other way.
    const { run: _, ...subject } = near;
    const result: CaseResult = { ...subject, status: 'passed', milliseconds: 1, largestError: noted };
    const other = report([result], { ...FACTS, backend: await new Conformance(cpu()).facts() });
    expect(other.kernels[0]).not.toHaveProperty('largestError');
  });

  it('of results that another host ran is the same', async () => {
    const conformance = new Conformance({ ...cpu(), expectedFailures });
    const results: CaseResult[] = [];
    for (const given of CASES) results.push(await conformance.run(given));
    const made = report(results, { ...FACTS, backend: await conformance.facts() });
    const { date, milliseconds, ...rest } = await run();
    expect(made).toMatchObject(rest);
  });
});

describe('a run of the suite', () => {
  it('tells its progress and stops when it is aborted', async () => {
    const abort = new AbortController();
    const labels: string[] = [];
    const made = await run({
      signal: abort.signal,
      onProgress: ({ loaded, total, label }) => labels.push(`${loaded} of ${total} ${label}`),
      onResult: ({ name }) => {
        if (name === CASES[1].name) abort.abort();
      },
    });
    expect(labels).toEqual([`0 of 5 ${CASES[0].name}`, `1 of 5 ${CASES[1].name}`]);
    expect(made.complete).toBe(false);
    expect(made.counts.passed).toBe(2);
  });
});

describe('the host', () => {
  it('is Node, Deno or a browser', () => {
    expect(describeHost()).toBe(`Node ${process.versions.node}, ${process.platform} ${process.arch}`);
    const Deno = { version: { deno: '2.5.0' }, build: { target: 'x86_64-unknown-linux-gnu' } };
    expect(describeHost({ Deno, process })).toBe('Deno 2.5.0, x86_64-unknown-linux-gnu');
    const userAgent =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36';
    expect(describeHost({ navigator: { userAgent } })).toBe('Chromium 142, X11; Linux x86_64');
  });
});
