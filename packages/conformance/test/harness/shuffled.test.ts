import type { BackendFactory, Step, Submission } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { shuffled } from '../../src/harness/shuffled.js';
import { emptyLog, logging } from '../../src/harness/submission-log.js';
import { nullBackend } from '../../src/null-backend.js';
import type { Seed } from '../../src/suite/case.js';
import { barrier, fill, pass, range, type Setup, setUp, submission } from './submissions.js';

const at = (block: number) => range(0, 16 * block, 16);

/** Labels in the order in which the inner backend is handed them; barriers and passes as marks. */
async function order(
  seed: Seed,
  make: (setup: Setup) => readonly Submission[],
  factory: BackendFactory = nullBackend(),
): Promise<string[]> {
  const log = emptyLog();
  const backend = await shuffled(logging(log)(factory), { seed }).open();
  const setup = await setUp(backend);
  await Promise.all(make(setup).map((each) => backend.submit(each)));
  const mark = (step: Step) =>
    step.op === 'barrier'
      ? '|'
      : step.op === 'beginPass'
        ? `pass ${step.pass}`
        : 'label' in step
          ? step.label
          : '';
  return log.submissions.flatMap(({ steps, label }) =>
    label === 'garbage' ? [] : steps.filter(({ op }) => op !== 'endPass').map(mark),
  );
}

const letters = (...names: string[]) => names.map((name, i) => fill(name, at(i)));
const twoEpochs = (setup: Setup) => [
  submission(setup, 1, pass(0, [], ...letters('a', 'b', 'c', 'd'), barrier(0), ...letters('e', 'f', 'g'))),
];

describe('shuffled', () => {
  it('permutes inside epochs and never across a barrier', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const labels = await order(seed, twoEpochs);
      expect(labels[5]).toBe('|');
      expect(labels.slice(1, 5).sort()).toEqual(['a', 'b', 'c', 'd']);
      expect(labels.slice(6).sort()).toEqual(['e', 'f', 'g']);
      seen.add(labels.join(' '));
    }
    expect(seen.size).toBeGreaterThan(20);
  });

  it('replays a seed, and reverses where it is told to', async () => {
    expect(await order(7, twoEpochs)).toEqual(await order(7, twoEpochs));
    expect(await order('reverse', twoEpochs)).toEqual(['pass 0', 'd', 'c', 'b', 'a', '|', 'g', 'f', 'e']);
  });

  it('moves a pass in front of one that it does not wait for, and numbers them anew', async () => {
    const passes = (waits: readonly number[]) => (setup: Setup) => [
      submission(setup, 1, [...pass(0, [], fill('a', at(0))), ...pass(1, waits, fill('b', at(1)))]),
    ];
    expect(await order('reverse', passes([]))).toEqual(['pass 0', 'b', 'pass 1', 'a']);
    expect(await order('reverse', passes([0]))).toEqual(['pass 0', 'a', 'pass 1', 'b']);
  });

  it('moves a submission in front of one that it does not wait for, and settles them in order', async () => {
    const two = (waits: Submission['waits']) => (setup: Setup) => [
      submission(setup, 1, pass(0, [], fill('a', at(0)))),
      submission(setup, 2, pass(0, [], fill('b', at(1))), { waits }),
    ];
    expect(await order('reverse', two([]))).toEqual(['pass 0', 'b', 'pass 0', 'a']);
    expect(await order('reverse', two([{ pass: 0, serial: 1 }]))).toEqual(['pass 0', 'a', 'pass 0', 'b']);

    const backend = await shuffled(nullBackend(), { seed: 'reverse' }).open();
    const setup = await setUp(backend);
    const settled: number[] = [];
    await Promise.all(
      two([])(setup).map(async (each) => {
        await backend.submit(each);
        settled.push(each.serial);
      }),
    );
    expect(settled).toEqual([1, 2]);
  });

  it('leaves passes and submissions alone where the backend orders them itself', async () => {
    const implicit = nullBackend({ capabilities: { explicitWaits: false } });
    const make = (setup: Setup) => [
      submission(setup, 1, [...pass(0, [], fill('a', at(0))), ...pass(1, [], fill('b', at(1)))]),
      submission(setup, 2, pass(0, [], fill('c', at(2)))),
    ];
    const labels = await order('reverse', make, implicit);
    expect(labels.filter((label) => !label.startsWith('pass'))).toEqual(['a', 'b', 'c']);
  });

  it('says which of the core’s steps failed', async () => {
    const failing: BackendFactory = {
      name: 'failing',
      open: async () => {
        const backend = await nullBackend().open();
        const { submit } = backend;
        backend.submit = async (given) => {
          const completion = await submit.call(backend, given);
          const step = given.steps.findIndex((each) => 'label' in each && each.label === 'b');
          const error = Object.assign(new Error('no'), { code: 'SUBMISSION_FAILED' });
          return step < 0 ? completion : { ok: false, error: error as never, step };
        };
        return backend;
      },
    };
    const backend = await shuffled(failing, { seed: 'reverse' }).open();
    const setup = await setUp(backend);
    const given = submission(setup, 1, pass(0, [], ...letters('a', 'b', 'c')));
    expect(await backend.submit(given)).toMatchObject({ ok: false, step: 2 });
  });

  it('fills fresh memory before anything uses it', async () => {
    const log = emptyLog();
    const backend = await shuffled(logging(log)(nullBackend()), { seed: 3 }).open();
    const setup = await setUp(backend);
    await backend.submit(submission(setup, 1, pass(0, [], fill('a', at(0)))));
    expect(log.submissions.map(({ label }) => label)).toEqual(['garbage', 'garbage', 'submission 1']);
    expect(log.submissions.map(({ serial }) => serial)).toEqual([1, 2, 3]);
  });
});
