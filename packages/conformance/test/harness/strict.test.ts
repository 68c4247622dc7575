import type { Step, Submission } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { demanding } from '../../src/harness/demanding.js';
import { emptyReport, strict } from '../../src/harness/strict/strict.js';
import { nullBackend } from '../../src/null-backend.js';
import { barrier, fill, mixing, pass, range, type Setup, setUp, submission } from './submissions.js';

const A = range(0, 0, 64);
const B = range(1, 0, 64);

/** Submits each in turn and returns what the checker says. */
async function check(
  make: (setup: Setup) => readonly Submission[],
  factory = nullBackend(),
): Promise<{ rules: string[]; messages: string }> {
  const report = emptyReport();
  const backend = await strict(report)(factory).open();
  const setup = await setUp(backend);
  await Promise.allSettled(make(setup).map((each) => backend.submit(each)));
  return {
    rules: [...new Set(report.violations.map(({ rule }) => rule))],
    messages: report.violations.map(({ message }) => message).join('\n'),
  };
}

const steps = (make: (setup: Setup) => readonly Step[], more: Partial<Submission> = {}) =>
  check((setup) => [submission(setup, 1, make(setup), more)]);

describe('the strict checker', () => {
  it('accepts what is right', async () => {
    const { messages } = await steps((setup) => [
      ...pass(0, [], fill('a', A), barrier(0), mixing(setup, 'b', A, B)),
      ...pass(1, [0], mixing(setup, 'c', A, B, 16)),
    ]);
    expect(messages).toBe('');
  });

  it('names both commands and the bytes of a race', async () => {
    const { rules, messages } = await steps((setup) =>
      pass(0, [], fill('first', A), mixing(setup, 'second', range(0, 32, 64), B)),
    );
    expect(rules).toContain('race');
    expect(messages).toMatch(
      /"first" \(fill, writes\) and "second" \(dispatch, reads\) share bytes 32 to 64/,
    );
  });

  it.each([
    [
      'read after write',
      (setup: Setup) => [mixing(setup, 'a', B, A), mixing(setup, 'b', A, range(1, 64, 64), 16)],
    ],
    ['write after read', (setup: Setup) => [mixing(setup, 'a', A, B), fill('b', A)]],
    ['write after write', (setup: Setup) => [mixing(setup, 'a', B, A), fill('b', A)]],
  ] as const)('wants a barrier for %s', async (_, make) => {
    const before = [fill('x', range(0, 0, 256)), fill('y', range(1, 0, 256)), barrier(0, 1)];
    const raced = await steps((setup) => pass(0, [], ...before, ...make(setup)));
    expect(raced.rules).toEqual(['race']);
    const kept = await steps((setup) => {
      const [first, second] = make(setup);
      return pass(0, [], ...before, first, barrier(0), second);
    });
    expect(kept.messages).toBe('');
  });

  it('wants the barrier to name the memory', async () => {
    const { rules } = await steps((setup) =>
      pass(0, [], fill('a', A), fill('b', B), barrier(1), mixing(setup, 'c', A, B)),
    );
    expect(rules).toContain('race');
  });

  it('wants no barrier where nothing conflicts, and no more than are needed', async () => {
    const touching = await steps(() => pass(0, [], fill('a', A), barrier(0), fill('b', range(0, 64, 64))));
    expect(touching.rules).toEqual(['needless barrier']);
    const two = await steps(() =>
      pass(0, [], fill('a', A), barrier(0), fill('b', range(0, 64, 64)), barrier(0), fill('c', A)),
    );
    expect(two.rules).toEqual(['needless barrier']);
  });

  it('wants passes that conflict to wait, directly or through others', async () => {
    const three = (waits: readonly number[]) =>
      steps(() => [
        ...pass(0, [], fill('a', A)),
        ...pass(1, [0], fill('b', A)),
        ...pass(2, waits, fill('c', A)),
      ]);
    expect((await three([1])).messages).toBe('');
    expect((await three([0])).rules).toEqual(['race']);
    expect((await three([])).messages).toContain('pass 2 of submission 1 does not wait for pass 0');
  });

  it('wants submissions in flight that conflict to wait', async () => {
    const two = (waits: Submission['waits']) =>
      check((setup) => [
        submission(setup, 1, pass(0, [], fill('a', A))),
        submission(setup, 2, pass(0, [], fill('b', A)), { waits }),
      ]);
    expect((await two([{ pass: 0, serial: 1 }])).messages).toBe('');
    expect((await two([])).messages).toContain(
      'pass 0 of submission 2 does not wait for pass 0 of submission 1',
    );
  });

  it('notices reads of bytes that nothing wrote', async () => {
    const { rules, messages } = await steps((setup) =>
      pass(0, [], fill('a', range(0, 0, 32)), barrier(0), mixing(setup, 'b', A, B)),
    );
    expect(rules).toEqual(['unwritten']);
    expect(messages).toContain('"b" reads byte 32');
  });

  it.each<[string, string, (setup: Setup) => readonly Step[], Partial<Submission>]>([
    ['a command outside of a pass', 'steps', () => [fill('a', A)], {}],
    [
      'a pass inside another',
      'steps',
      () => [...pass(0, []), ...pass(1, [])].filter(({ op }) => op !== 'endPass'),
      {},
    ],
    ['an empty pass', 'steps', () => pass(0, []), {}],
    ['a pass out of its number', 'steps', () => pass(1, [], fill('a', A)), {}],
    ['a wait for a later pass', 'steps', () => pass(0, [0], fill('a', A)), {}],
    ['a wait for itself', 'steps', () => pass(0, [], fill('a', A)), { waits: [{ pass: 0, serial: 1 }] }],
    ['a barrier in front of everything', 'steps', () => pass(0, [], barrier(0), fill('a', A)), {}],
    ['a command without a label', 'steps', () => pass(0, [], fill('', A)), {}],
    ['memory that is not in the table', 'range', () => pass(0, [], fill('a', range(7, 0, 16))), {}],
    ['a range that leaves its allocation', 'range', () => pass(0, [], fill('a', range(0, 240, 32))), {}],
    ['a transfer that begins between words', 'alignment', () => pass(0, [], fill('a', range(0, 2, 8))), {}],
    [
      'a binding that is not aligned',
      'alignment',
      (s) => pass(0, [], mixing(s, 'a', range(0, 8, 16), B)),
      {},
    ],
    [
      'bindings that share written bytes',
      'binding',
      (s) => pass(0, [], mixing(s, 'a', A, range(0, 48, 64))),
      {},
    ],
    ['parameters outside of the block', 'params', (s) => pass(0, [], mixing(s, 'a', A, B, 64)), {}],
    ['parameters that are not aligned', 'params', (s) => pass(0, [], mixing(s, 'a', A, B, 8)), {}],
    [
      'parameters of another dispatch',
      'params',
      (s) => pass(0, [], mixing(s, 'a', A, B), mixing(s, 'b', A, B)),
      {},
    ],
    [
      'a download without a step',
      'transfer',
      () => pass(0, [], fill('a', A)),
      { downloads: [new Uint8Array(4)] },
    ],
    ['a serial out of order', 'life cycle', () => pass(0, [], fill('a', A)), { serial: 2 }],
    [
      'foreign memory',
      'life cycle',
      () => pass(0, [], fill('a', A)),
      { memory: [{ allocation: { byteLength: 64 }, offset: 0 }] },
    ],
  ])('notices %s', async (_, rule, make, more) => {
    expect((await steps(make, more)).rules).toContain(rule);
  });

  it('knows what the backend takes', async () => {
    const factory = demanding({ transfersInComputePass: [], limits: { maxCommandsPerSubmission: 1 } })(
      nullBackend(),
    );
    const report = emptyReport();
    const backend = await strict(report)(factory).open();
    const setup = await setUp(backend);
    await backend.submit(submission(setup, 1, pass(0, [], fill('a', A), fill('b', B)))).catch(() => {});
    expect(new Set(report.violations.map(({ rule }) => rule))).toEqual(new Set(['transfer', 'bounds']));
  });

  it('follows allocations to their end', async () => {
    const report = emptyReport();
    const backend = await strict(report)(nullBackend()).open();
    const setup = await setUp(backend);
    const [first, second] = setup.memory;
    expect(report).toMatchObject({ allocations: 2, allocatedBytes: 512 });
    const pending = backend.submit(submission(setup, 1, pass(0, [], fill('a', A))));
    backend.free(first);
    expect(report.violations.map(({ message }) => message)).toEqual([
      'an allocation was freed while a submission in flight uses it',
    ]);
    await pending;
    backend.free(second);
    backend.free(second);
    expect(report.violations.at(-1)?.message).toBe('an allocation was freed twice');
    expect(report.allocations).toBe(0);
  });
});
