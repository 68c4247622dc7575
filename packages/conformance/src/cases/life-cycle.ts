/**
 * Life-cycle traits: each operation on a device that is alive, draining (`close` was called and work is
 * pending), lost, or destroyed. One case for each operation and state, and a few about what is pending when
 * the state changes.
 */

import type { Buffer, CompiledPlan, Device, ErrorCode } from '@wick/core';
import { blockBytesOf, recordDispatch, wordsOf } from '../graph/perform.js';
import { FaultPlan } from '../harness/faulty.js';
import { assert, assertCode, assertEqual, assertRejects, assertSame } from '../suite/assert.js';
import type { CaseContext, ConformanceCase } from '../suite/case.js';
import { computed, content, empty, fresh } from './invariants/helpers.js';

/** What an operation may use: all of it was made while the device was alive. */
interface Subject {
  readonly device: Device;
  /** Written. */
  readonly x: Buffer;
  /** Nothing has been written to it. */
  readonly y: Buffer;
  readonly plan: CompiledPlan<Record<string, Buffer>>;
}

type Operation = (subject: Subject) => unknown;

/** Operations that give the device work, or ask it for an answer. */
const WORK: Readonly<Record<string, Operation>> = {
  createBuffer: ({ device }) => device.createBuffer({ byteLength: 16, label: 'new' }).free(),
  write: ({ device, x }) => device.write(x, content(device, 2)),
  fill: ({ device, x }) => device.fill(x, 1),
  copy: ({ device, x, y }) => device.copy(x, y),
  dispatch: ({ device, x, y }) => recordDispatch(device, 'mix', [x, y], 1),
  read: ({ device, x }) => device.read(x),
  run: ({ device, x }) => device.run(() => device.fill(x, 1)),
  compile: ({ device }) => device.compile({ slot: 16 }, () => ({})).free(),
  replay: ({ plan, x }) => plan.run({ x }).out.free(),
  flush: ({ device }) => device.flush(),
};

/** Operations that only look, or end something: safe on any device, as often as one likes. */
const SAFE: Readonly<Record<string, Operation>> = {
  stats: ({ device }) => device.stats(),
  trim: ({ device }) => device.trim(),
  view: ({ x }) => x.view(0, 16),
  'free a buffer': ({ x }) => x[Symbol.dispose](),
  'free a plan': ({ plan }) => {
    plan.free();
    plan.free();
  },
  scope: ({ device }) => device.scope(() => 1),
  'observe plans': ({ device }) => device.observePlans(() => {})(),
  'close, twice': async ({ device }) => {
    await device.close();
    await device.close();
  },
  'destroy, twice': ({ device }) => {
    device.destroy();
    device.destroy();
  },
};

type State = 'live' | 'draining' | 'lost' | 'destroyed';

/** What work is refused with; undefined where it is done. */
const REFUSED: Readonly<Record<State, ErrorCode | undefined>> = {
  live: undefined,
  draining: 'INVALID_STATE',
  lost: 'DEVICE_LOST',
  destroyed: 'DEVICE_LOST',
};

export function lifeCycleCases(): ConformanceCase[] {
  const made = (name: string, run: ConformanceCase['run']): ConformanceCase => ({
    name: `life cycle: ${name}`,
    group: 'life cycle',
    run,
  });
  const states = Object.keys(REFUSED) as State[];
  return [
    ...states.flatMap((state) => [
      ...Object.entries(WORK).map(([name, operation]) =>
        made(`${name} on a device that is ${state}`, (context) =>
          inState(context, state, (subject) => work(subject, operation, REFUSED[state], name)),
        ),
      ),
      ...Object.entries(SAFE).map(([name, operation]) =>
        made(`${name} on a device that is ${state}`, (context) =>
          inState(context, state, async (subject) => {
            await operation(subject);
          }),
        ),
      ),
    ]),
    made('a read that is pending when the device drains has its bytes', readWhileDraining),
    made('a read that is pending when the device is lost rejects', (context) => readWhile(context, 'lost')),
    made('a read that is pending when the device is destroyed rejects', (context) =>
      readWhile(context, 'destroyed'),
    ),
    made('idle that is pending when the device is lost rejects', idleWhileLost),
    made('the loss of a device settles once, with its reason', lossSettlesOnce),
    made('two devices side by side: one is destroyed, the other goes on', sideBySide),
  ];
}

/** Does the work, or is refused with `code`, thrown or rejected. */
async function work(
  subject: Subject,
  operation: Operation,
  code: ErrorCode | undefined,
  name: string,
): Promise<void> {
  if (code === undefined) {
    await operation(subject);
    await subject.device.idle();
    return;
  }
  let thrown: unknown;
  try {
    await operation(subject);
  } catch (error) {
    thrown = error;
  }
  assert(thrown !== undefined, `${name} was not refused`);
  assertCode(thrown, code, name);
}

/** A device with a buffer, an unwritten one and a plan, brought into `state`; freed at the end. */
async function inState(
  context: CaseContext,
  state: State,
  body: (subject: Subject) => Promise<void>,
): Promise<void> {
  const faults = new FaultPlan('device lost at submit', Number.MAX_SAFE_INTEGER);
  // Losing happens at a call that is counted: the next one, whichever that is.
  const losing = state === 'lost' ? new FaultPlan('device lost at submit', 3) : faults;
  await context.use({ faults: losing }, async ({ device }) => {
    const x = fresh(device, 1);
    const y = empty(device, 'y');
    const block = blockBytesOf(device);
    const plan = device.compile({ x: block }, (inputs) => {
      const out = empty(device, 'out');
      recordDispatch(device, 'mix', [inputs.x, out], 1);
      return { out };
    });
    await device.idle();
    await enter(device, x, state, losing);
    try {
      await body({ device, x, y, plan });
    } finally {
      plan.free();
      for (const buffer of [x, y]) buffer[Symbol.dispose]();
      if (state === 'draining') await device.close();
    }
  });
}

async function enter(device: Device, x: Buffer, state: State, faults: FaultPlan): Promise<void> {
  switch (state) {
    case 'live':
      return;
    case 'draining':
      recordDispatch(device, 'stir', [x], 1);
      void device.close();
      return;
    case 'destroyed':
      device.destroy();
      return;
    case 'lost':
      while (!faults.hit) {
        recordDispatch(device, 'stir', [x], 1);
        device.flush();
        await Promise.race([device.lost, device.idle().catch(() => {})]);
      }
      await device.lost;
      return;
    default:
      state satisfies never;
  }
}

async function readWhileDraining(context: CaseContext): Promise<void> {
  await context.use({ adversary: 'reverse' }, async ({ device }) => {
    const x = fresh(device, 1);
    recordDispatch(device, 'stir', [x], 1);
    const read = wordsOf(device.read(x));
    const closed = device.close();
    assertSame(await read, computed('stir', [content(device, 1)], 1), 'what was read');
    x.free();
    await closed;
    assertEqual((await device.lost).reason, 'destroyed', 'the reason');
  });
}

async function readWhile(context: CaseContext, how: 'lost' | 'destroyed'): Promise<void> {
  const faults = new FaultPlan(how === 'lost' ? 'device lost at submit' : undefined, 2);
  await context.use({ faults, adversary: 'reverse' }, async ({ device }) => {
    const x = fresh(device, 1);
    device.flush();
    recordDispatch(device, 'stir', [x], 1);
    const read = device.read(x);
    const again = device.read(x);
    read.catch(() => {});
    again.catch(() => {});
    if (how === 'destroyed') device.destroy();
    await assertRejects(read, 'DEVICE_LOST', 'the pending read');
    await assertRejects(again, 'DEVICE_LOST', 'the other pending read');
    assertEqual((await device.lost).reason, how, 'the reason');
    x.free();
  });
}

async function idleWhileLost(context: CaseContext): Promise<void> {
  await context.use({ faults: new FaultPlan('device lost at submit', 1) }, async ({ device }) => {
    const x = fresh(device, 1);
    await assertRejects(device.idle(), 'DEVICE_LOST', 'waiting for everything');
    x.free();
  });
}

async function lossSettlesOnce(context: CaseContext): Promise<void> {
  await context.use({ faults: new FaultPlan('device lost at submit', 1) }, async ({ device }) => {
    const x = fresh(device, 1);
    await assertRejects(device.read(x), 'DEVICE_LOST', 'the read');
    const { reason } = await device.lost;
    assertEqual(reason, 'lost', 'the reason');
    device.destroy();
    assertEqual((await device.lost).reason, 'lost', 'the reason after destroying it');
    x.free();
  });
}

async function sideBySide(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device: one }) => {
    await context.use({}, async ({ device: other }) => {
      const [x, y] = [fresh(one, 1), fresh(other, 2)];
      recordDispatch(one, 'stir', [x], 1);
      recordDispatch(other, 'stir', [y], 2);
      one.flush();
      other.flush();
      other.destroy();
      y.free();
      assertSame(
        await wordsOf(one.read(x)),
        computed('stir', [content(one, 1)], 1),
        'the device that is left',
      );
      x.free();
    });
  });
}
