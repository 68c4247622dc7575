import { type Buffer, type CompiledPlan, type Device, WickError } from '@wick/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf } from '../helpers/errors.js';
import type { FakeBackend } from '../helpers/fake-backend.js';
import { fakeDevice, type Work } from '../helpers/work.js';

let backend: FakeBackend;
let device: Device;
let work: Work;
let weight: Buffer;
let plan: CompiledPlan<{ out: Buffer }>;

beforeEach(async () => {
  ({ backend, device, work } = await fakeDevice({ automatic: true }));
  weight = work.upload([1, 1, 1, 1], 'weight');
  plan = device.compile({ x: 16, target: 16 }, ({ x, target }) => {
    work.addInto(x, target, 1);
    return { out: work.sum(target, weight) };
  });
});

const sixteen = () => work.upload([1, 2, 3, 4]);

/** The error of a replay; nothing may have been submitted or counted for it. */
function refusal(inputs: Record<string, Buffer>): WickError {
  device.flush();
  const before = { submissions: backend.submissions.length, live: device.stats().buffers.live };
  let thrown: unknown;
  try {
    plan.run(inputs);
  } catch (error) {
    thrown = error;
  }
  expect({ submissions: backend.submissions.length, live: device.stats().buffers.live }).toEqual(before);
  expect(device.stats().work.replays).toBe(0);
  if (thrown instanceof WickError) return thrown;
  throw new Error(`refused with ${thrown}`);
}

describe('REPLAY_STALE, before the submission, naming the slot', () => {
  it.each<[string, string, () => Record<string, Buffer>]>([
    ['a missing buffer', 'target', () => ({ x: sixteen() })],
    ['a buffer under another name', 'target', () => ({ x: sixteen(), traget: sixteen() })],
    ['a shorter buffer', 'x', () => ({ x: work.upload([1, 2, 3]), target: sixteen() })],
    ['a longer buffer', 'target', () => ({ x: sixteen(), target: work.upload([1, 2, 3, 4, 5]) })],
    ['a buffer of no bytes', 'x', () => ({ x: work.empty(0), target: sixteen() })],
    [
      'a freed buffer',
      'x',
      () => {
        const x = sixteen();
        x.free();
        return { x, target: sixteen() };
      },
    ],
    [
      'a view of a freed buffer',
      'target',
      () => {
        const base = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
        const target = base.view(0, 16);
        base.free();
        return { x: sixteen(), target };
      },
    ],
    ['no buffer at all', 'x', () => ({ x: new Uint8Array(16) as unknown as Buffer, target: sixteen() })],
  ])('for %s', (_, slot, inputs) => {
    expect(refusal(inputs())).toMatchObject({ code: 'REPLAY_STALE', label: slot });
  });

  it('for a buffer of another device', async () => {
    const other = await fakeDevice();
    expect(refusal({ x: other.work.upload([1, 2, 3, 4]), target: sixteen() })).toMatchObject({
      code: 'REPLAY_STALE',
      label: 'x',
    });
  });

  it('for a freed buffer that was bound for good', () => {
    weight.free();
    expect(refusal({ x: sixteen(), target: sixteen() })).toMatchObject({
      code: 'REPLAY_STALE',
      label: 'weight',
    });
  });

  it('for a freed plan', () => {
    plan.free();
    expect(refusal({ x: sixteen(), target: sixteen() }).code).toBe('REPLAY_STALE');
  });
});

describe('other reasons to refuse a replay', () => {
  it('memory that was never written', () => {
    expect(refusal({ x: work.empty(4), target: sixteen() })).toMatchObject({ code: 'UNWRITTEN', label: 'x' });
  });

  it('a slot that begins between two multiples of the alignment', () => {
    const base = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(refusal({ x: base.view(4, 16), target: sixteen() }).code).toBe('INVALID_ALIGNMENT');
  });

  it('slots that share memory which the plan writes', () => {
    const base = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    const shared = sixteen();
    expect(refusal({ x: shared, target: shared }).code).toBe('INVALID_ARGUMENT');
    expect(refusal({ x: base.view(0, 16), target: base.view(0, 16) }).code).toBe('INVALID_ARGUMENT');
    expect(refusal({ x: sixteen(), target: weight }).code).toBe('INVALID_ARGUMENT');
  });

  it('is none where slots share memory in different ranges, or what is only read', async () => {
    const base = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    const { out } = plan.run({ x: base.view(0, 16), target: base.view(16, 16) });
    expect(await work.read(out)).toEqual([3, 4, 5, 6]);
    expect(await work.read(plan.run({ x: weight, target: sixteen() }).out)).toEqual([3, 3, 3, 3]);
  });

  it('leaves the plan as it was', async () => {
    expect(codeOf(() => plan.run({} as never))).toBe('REPLAY_STALE');
    expect(await work.read(plan.run({ x: sixteen(), target: sixteen() }).out)).toEqual([3, 4, 5, 6]);
    expect(device.stats().work.replays).toBe(1);
  });
});
