/** How cases are run, listed and judged. */

import { cpu } from '@wick/backend-cpu';
import { describe, expect, it } from 'vitest';
import { allCases } from '../src/suite/all-cases.js';
import { assert, assertRejects } from '../src/suite/assert.js';
import type { CaseContext, ConformanceCase } from '../src/suite/case.js';
import { checkLists } from '../src/suite/lists.js';
import { Conformance, type ConformanceOptions, isGood } from '../src/suite/run.js';

function given(run: (context: CaseContext) => void | Promise<void>, more: Partial<ConformanceCase> = {}) {
  return { name: 'the case', group: 'test', run, ...more };
}

const passing = given(() => {});
const failing = given(() => assert(false, 'wrong'));

function run(one: ConformanceCase, options: Partial<ConformanceOptions> = {}) {
  return new Conformance({ ...cpu(), ...options }).run(one);
}

describe('running a case', () => {
  it('passes or fails', async () => {
    expect(await run(passing)).toMatchObject({ name: 'the case', status: 'passed' });
    const result = await run(failing);
    expect(result).toMatchObject({ status: 'failed', error: { message: 'wrong' } });
    expect(isGood(result)).toBe(false);
  });

  it('skips what is unsupported, by name or by kernel and dtype, with the reason', async () => {
    const never = given(() => expect.unreachable(), { kernel: 'unary', dtype: 'float16' });
    for (const entry of [
      { case: 'the case', reason: 'no' },
      { kernel: 'unary', dtype: 'float16' as const, reason: 'no' },
    ]) {
      const result = await run(never, { unsupported: [entry] });
      expect(result).toMatchObject({ status: 'skipped', reason: 'no' });
      expect(isGood(result)).toBe(true);
    }
    expect(await run(passing, { unsupported: [{ case: 'the', reason: 'a part' }] })).toMatchObject({
      status: 'passed',
    });
  });

  it('skips what the backend says it cannot do', async () => {
    const inapplicable = given(() => expect.unreachable(), { inapplicable: () => 'it has none' });
    expect(await run(inapplicable)).toMatchObject({ status: 'skipped', reason: 'it has none' });
  });

  it('runs expected failures, and an unexpected pass is bad', async () => {
    const expectedFailures = [{ case: 'the case', reason: 'issue 1' }];
    const failed = await run(failing, { expectedFailures });
    expect(failed).toMatchObject({ status: 'failed as expected', reason: 'issue 1' });
    expect(isGood(failed)).toBe(true);
    const passed = await run(passing, { expectedFailures });
    expect(passed).toMatchObject({ status: 'passed unexpectedly', reason: 'issue 1' });
    expect(isGood(passed)).toBe(false);
  });

  it('fails a case that hangs, leaks, or breaks the contract behind its back', async () => {
    const hanging = given(() => new Promise(() => {}));
    expect(String((await run(hanging, { timeout: 20 })).error)).toContain('20 ms');
    const leaking = given(async (context) => {
      const { device } = await context.open();
      device.fill(device.createBuffer({ byteLength: 16, label: 'lost' }));
    });
    expect(String((await run(leaking)).error)).toContain('1 buffers were not freed: lost');
    const swallowing = given(async (context) => {
      const { device } = await context.open();
      using x = device.createBuffer({ byteLength: 16 });
      device.fill(x);
      await device.read(x);
    });
    const careless: ConformanceOptions['saboteur'] = {
      name: 'frees nothing',
      wrap: (factory) => ({
        ...factory,
        async open() {
          const backend = await factory.open();
          backend.free = () => {};
          return backend;
        },
      }),
    };
    expect(await run(swallowing)).toMatchObject({ status: 'passed' });
    expect(String((await run(swallowing, { saboteur: careless })).error)).toContain(
      'the backend holds 16 bytes',
    );
  });

  it('opens the shared device anew after a failure', async () => {
    const conformance = new Conformance(cpu());
    const devices: unknown[] = [];
    const spoiling = given(async (context) => {
      devices.push(await context.device());
      assert(devices.length !== 2, 'spoilt');
    });
    for (let i = 0; i < 4; i++) await conformance.run(spoiling);
    expect(devices[0]).toBe(devices[1]);
    expect(devices[1]).not.toBe(devices[2]);
    expect(devices[2]).toBe(devices[3]);
    await conformance.close();
  });

  it('says under which adversary a case failed', async () => {
    const one = given((context) =>
      context.use({ adversary: 17 }, async ({ device }) => {
        using x = device.createBuffer({ byteLength: 16 });
        await assertRejects(device.read(x), 'DEVICE_LOST', 'the read');
      }),
    );
    expect(String((await run(one)).error)).toMatch(/under adversary 17: the read failed with UNWRITTEN/);
  });
});

describe('the lists', () => {
  const cases = [given(() => {}, { kernel: 'unary', dtype: 'float32' })];

  it('may name cases, kernels and dtypes', () => {
    const unsupported = [{ kernel: 'unary', dtype: 'float32' as const, reason: 'no' }];
    expect(checkLists({ unsupported }, cases)).toEqual([]);
    expect(checkLists({}, cases)).toEqual([]);
  });

  it('may not name what does not exist, have no reason, or name a case twice', () => {
    expect(checkLists({ unsupported: [{ case: 'the*', reason: 'no' }] }, cases)).toHaveLength(1);
    expect(checkLists({ expectedFailures: [{ case: 'the case', reason: ' ' }] }, cases)).toHaveLength(1);
    const entry = { case: 'the case', reason: 'no' };
    expect(checkLists({ unsupported: [entry], expectedFailures: [entry] }, cases)).toHaveLength(1);
  });
});

describe('all cases', () => {
  it('have names of their own', () => {
    const names = allCases().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('hold every invariant', () => {
    const groups = new Set(allCases().map(({ group }) => group));
    for (let i = 1; i <= 11; i++) expect(groups).toContain(`invariant ${i}`);
  });
});
