/** The eleven invariants of the architecture, each with cases of its own. */

import type { Buffer, Device } from '@wick/core';
import { uploadedWords } from '../graph/interpret.js';
import { graphKernels } from '../graph/kernels.js';
import { blockBytesOf, recordDispatch, wordsOf } from '../graph/perform.js';
import { FaultPlan } from '../harness/faulty.js';
import { KernelUses, parsePasses } from '../harness/step-list.js';
import { fewestBarriers } from '../harness/strict/races.js';
import { assert, assertEqual, assertRejects, assertSame, assertThrows } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Stack } from '../suite/case.js';

type Work = (context: CaseContext) => Promise<void>;

export function invariantCases(): ConformanceCase[] {
  const made = (number: number, name: string, run: Work): ConformanceCase => ({
    name: `invariant ${number}: ${name}`,
    group: `invariant ${number}`,
    run,
  });
  return [
    made(1, 'any order that the plan allows gives the result of program order', anyOrder),
    made(
      2,
      'independent dispatches share an epoch, and disjoint views of one buffer are independent',
      fewBarriers,
    ),
    made(2, 'the number of barriers is the least that keeps conflicts apart', leastBarriers),
    made(3, 'hazards are found through views, recycled and aliased memory', byMemory),
    made(4, 'fills and uploads keep their place in the stream', inTheStream),
    made(5, 'freed memory is reused at once by later commands, and held for nobody else', reusedAtOnce),
    made(5, 'recycled memory waits for its last reader', recycledInOrder),
    made(6, 'submissions and those in flight are bounded, without deadlock', bounded),
    made(7, 'what a failed submission should have written cannot be read', neverSilent),
    made(7, 'memory that nothing wrote cannot be read', neverUnwritten),
    made(8, 'a read flushes its producers and leaves the rest', producersOnly),
    made(9, 'a dispatch without one of its bindings or parameters is refused', nothingSticky),
    made(9, 'every step has all its bindings, its pipeline and its own parameters', stepsAreComplete),
    made(10, 'an upload does not touch memory that pending work reads', uploadsWait),
    made(11, 'counters are exact and back to the start', exactCounts),
  ];
}

/** A device with `count` buffers of one block, written; frees them at the end. */
async function withBuffers(
  context: CaseContext,
  stack: Stack,
  count: number,
  body: (
    device: Device,
    buffers: Buffer[],
    log: { readonly submissions: readonly Submitted[] },
  ) => Promise<void>,
): Promise<void> {
  await context.use(stack, async ({ device, log }) => {
    const buffers = Array.from({ length: count }, (_, i) => fresh(device, i));
    await device.idle();
    log.submissions.length = 0;
    await body(device, buffers, log);
    for (const buffer of buffers) buffer[Symbol.dispose]();
  });
}

type Submitted = Parameters<typeof fewestBarriers>[1];

function fresh(device: Device, salt: number): Buffer {
  const buffer = empty(device, `buffer ${salt}`);
  device.write(buffer, content(device, salt));
  return buffer;
}

function empty(device: Device, label: string, blocks = 1): Buffer {
  return device.createBuffer({ byteLength: blocks * blockBytesOf(device), label });
}

function content(device: Device, salt: number): Uint32Array {
  return uploadedWords(blockBytesOf(device) / 4, salt);
}

function barriersOf(log: { readonly submissions: readonly Submitted[] }): number {
  return log.submissions.flatMap(({ steps }) => steps.filter(({ op }) => op === 'barrier')).length;
}

async function anyOrder(context: CaseContext): Promise<void> {
  const work = async (device: Device, [a, b, c, d]: readonly Buffer[]) => {
    device.run(() => {
      for (let i = 0; i < 6; i++) {
        recordDispatch(device, 'mix', [a, b], i);
        recordDispatch(device, 'mix', [a, c], i + 10);
        recordDispatch(device, 'blend', [b, c, d], i + 20);
        recordDispatch(device, 'absorb', [d, a], i + 30);
      }
    });
    return wordsOf(device.read(a));
  };
  let want: Uint32Array | undefined;
  for (const adversary of [undefined, ...context.seeds]) {
    await withBuffers(context, adversary === undefined ? {} : { adversary }, 4, async (device, buffers) => {
      const got = await work(device, buffers);
      want ??= got;
      assertSame(got, want, `the result under adversary ${adversary ?? 'none'}`);
    });
  }
}

async function fewBarriers(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device, log }) => {
    const block = blockBytesOf(device);
    const x = fresh(device, 1);
    const out = empty(device, 'out', 4);
    await device.idle();
    log.submissions.length = 0;
    device.run(() => {
      for (let i = 0; i < 4; i++) recordDispatch(device, 'mix', [x, out.view(i * block, block)], i);
    });
    await device.idle();
    assertEqual(barriersOf(log), 0, 'the number of barriers between disjoint views');
    x.free();
    out.free();
  });
}

async function leastBarriers(context: CaseContext): Promise<void> {
  await withBuffers(context, {}, 6, async (device, [a, b, c, d, e, f], log) => {
    device.run(() => {
      recordDispatch(device, 'mix', [a, b], 1);
      recordDispatch(device, 'mix', [a, c], 2);
      recordDispatch(device, 'blend', [b, c, d], 3);
      recordDispatch(device, 'mix', [a, e], 4);
      recordDispatch(device, 'stir', [d], 5);
      recordDispatch(device, 'absorb', [e, f], 6);
    });
    await device.idle();
    const uses = new KernelUses();
    for (const submission of log.submissions) {
      for (const step of submission.steps) {
        const kernel =
          step.op === 'dispatch'
            ? Object.entries(graphKernels).find(([name]) => name === step.label)
            : undefined;
        if (step.op === 'dispatch' && kernel !== undefined) uses.note(step.pipeline, kernel[1]);
      }
      for (const pass of parsePasses(submission.steps)) {
        assertEqual(pass.epochs.length - 1, fewestBarriers(pass, submission, uses), 'the number of barriers');
      }
    }
    if (device.capabilities.explicitBarriers)
      assertEqual(barriersOf(log), 2, 'the number of barriers of the graph');
  });
}

async function byMemory(context: CaseContext): Promise<void> {
  for (const adversary of [undefined, ...context.seeds]) {
    await context.use(adversary === undefined ? {} : { adversary }, async ({ device }) => {
      const block = blockBytesOf(device);
      const base = empty(device, 'base', 4);
      device.write(base, uploadedWords(block, 1));
      const whole = base.view(0, 2 * block);
      const inner = base.view(block, block);
      const y = empty(device, 'y');
      // Two handles on one memory: the update through one is seen through the other.
      recordDispatch(device, 'stir', [whole], 3);
      recordDispatch(device, 'mix', [inner, y], 4);
      recordDispatch(device, 'stir', [inner], 5);
      const words = uploadedWords(block, 1).slice(block / 4, block / 2);
      const stirred = words.map((word) => Math.imul(word, 22695477) + 3);
      assertSame(
        await wordsOf(device.read(y)),
        stirred.map((word) => Math.imul(word, 1664525) + 4),
        'what was read through a view',
      );
      assertSame(
        await wordsOf(device.read(inner)),
        stirred.map((word) => Math.imul(word, 22695477) + 5),
        'the view after the second update',
      );
      y.free();
      base.free();
    });
  }
}

async function inTheStream(context: CaseContext): Promise<void> {
  for (const adversary of [undefined, ...context.seeds]) {
    await withBuffers(context, adversary === undefined ? {} : { adversary }, 3, async (device, [x, y, z]) => {
      const before = content(device, 0);
      recordDispatch(device, 'mix', [x, y], 9);
      device.fill(x, 5);
      recordDispatch(device, 'mix', [x, z], 9);
      device.write(x, content(device, 77));
      assertSame(
        await wordsOf(device.read(y)),
        before.map((word) => Math.imul(word, 1664525) + 9),
        'what read before the fill',
      );
      assertSame(
        await wordsOf(device.read(z)),
        before.map(() => 5 * 1664525 + 9),
        'what read after the fill',
      );
      assertSame(await wordsOf(device.read(x)), content(device, 77), 'what was uploaded last');
    });
  }
}

async function reusedAtOnce(context: CaseContext): Promise<void> {
  await withBuffers(context, {}, 1, async (device, [x]) => {
    let at = x;
    for (let i = 0; i < 20; i++) {
      const next = empty(device, 'next');
      recordDispatch(device, 'mix', [at, next], i);
      if (at !== x) at.free();
      at = next;
      device.flush();
    }
    // Nothing has been waited for, and yet three blocks are enough: x, and two that take turns.
    const { allocations } = device.stats().memory;
    assert(allocations <= 3, `${allocations} allocations for a chain`);
    await device.read(at);
    at.free();
  });
}

async function recycledInOrder(context: CaseContext): Promise<void> {
  for (const adversary of [undefined, ...context.seeds]) {
    await context.use(adversary === undefined ? {} : { adversary }, async ({ device }) => {
      const x = fresh(device, 1);
      const y = empty(device, 'y');
      await device.idle();
      recordDispatch(device, 'mix', [x, y], 4);
      device.flush();
      x.free();
      // The same memory again, in a submission that shares nothing else with the one before.
      const next = empty(device, 'next');
      device.fill(next, 5);
      device.flush();
      const want = content(device, 1).map((word) => Math.imul(word, 1664525) + 4);
      assertSame(await wordsOf(device.read(y)), want, 'what was made of the memory before it was recycled');
      y.free();
      next.free();
    });
  }
}

async function bounded(context: CaseContext): Promise<void> {
  const demands = { limits: { maxCommandsPerSubmission: 4, maxSubmissionsInFlight: 2 } };
  await context.use({ demands }, async ({ device, log }) => {
    const x = fresh(device, 1);
    device.run(() => {
      for (let i = 0; i < 100; i++) recordDispatch(device, 'stir', [x], i);
    });
    const reads = Array.from({ length: 10 }, () => device.read(x));
    await Promise.all(reads);
    for (const { steps } of log.submissions) {
      const commands = steps.filter((step) => 'command' in step).length;
      assert(commands <= 4, `a submission has ${commands} commands`);
    }
    assert(log.mostInFlight <= 2, `${log.mostInFlight} submissions were in flight`);
    assert(log.submissions.length >= 25, `${log.submissions.length} submissions`);
    x.free();
  });
}

async function neverSilent(context: CaseContext): Promise<void> {
  await context.use({ faults: new FaultPlan('submission fails', 2) }, async ({ device }) => {
    const x = fresh(device, 1);
    device.flush();
    await device.idle();
    const y = empty(device, 'y');
    recordDispatch(device, 'mix', [x, y], 1, 'the failing one');
    device.flush();
    const z = empty(device, 'z');
    recordDispatch(device, 'mix', [y, z], 2, 'the dependent one');
    const first = await assertRejects(device.read(y), 'SUBMISSION_FAILED', 'reading what failed');
    const second = await assertRejects(device.read(z), 'SUBMISSION_FAILED', 'reading what depends on it');
    assert(first.commands.includes('the failing one'), `the error names ${first.commands.join(', ')}`);
    assert(second === first || second.cause === first, 'the dependent read does not have the first cause');
    assertSame(await wordsOf(device.read(x)), content(device, 1), 'what does not depend on it');
    await device.idle().catch(() => {});
    // Written anew as a whole, it can be read.
    device.fill(y, 3);
    assertSame(await wordsOf(device.read(y)), content(device, 1).fill(3), 'what was overwritten');
    for (const buffer of [x, y, z]) buffer.free();
  });
}

async function neverUnwritten(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device }) => {
    const block = blockBytesOf(device);
    const x = empty(device, 'x', 2);
    const y = empty(device, 'y', 2);
    await assertRejects(device.read(x), 'UNWRITTEN', 'reading fresh memory');
    device.fill(x.view(0, block), 1);
    await assertRejects(device.read(x), 'UNWRITTEN', 'reading memory that is half written');
    assertThrows(() => recordDispatch(device, 'mix', [x, y], 1), 'UNWRITTEN', 'a dispatch over it');
    device.fill(x.view(block, block), 1);
    await device.read(x);
    x.free();
    y.free();
  });
}

async function producersOnly(context: CaseContext): Promise<void> {
  await withBuffers(context, {}, 4, async (device, [a, b, c, d], log) => {
    recordDispatch(device, 'mix', [a, b], 1, 'wanted');
    recordDispatch(device, 'mix', [c, d], 2, 'other');
    await device.read(b);
    const labels = log.submissions.flatMap(({ steps }) =>
      steps.flatMap((step) => ('command' in step ? [step.label] : [])),
    );
    assert(labels.includes('wanted'), 'the producer was not submitted');
    assert(!labels.includes('other'), 'a command that the bytes do not depend on was submitted');
    await device.idle();
  });
}

async function nothingSticky(context: CaseContext): Promise<void> {
  await withBuffers(context, {}, 2, async (device, [x, out]) => {
    const grid = [blockBytesOf(device) / 4, 1, 1] as const;
    const params = { salt: 1 };
    device.dispatch(graphKernels.mix, { bindings: { x, out }, params, grid });
    const refused = (what: string, call: () => void) => assertThrows(call, 'INVALID_ARGUMENT', what);
    refused('a dispatch without an input', () =>
      device.dispatch(graphKernels.mix, { bindings: { out }, params, grid }),
    );
    refused('a dispatch without an output', () =>
      device.dispatch(graphKernels.mix, { bindings: { x }, params, grid }),
    );
    refused('a dispatch without parameters', () =>
      device.dispatch(graphKernels.mix, { bindings: { x, out }, grid }),
    );
    await device.idle();
  });
}

async function stepsAreComplete(context: CaseContext): Promise<void> {
  await withBuffers(context, {}, 3, async (device, [x, y, z], log) => {
    device.run(() => {
      recordDispatch(device, 'mix', [x, y], 11);
      recordDispatch(device, 'mix', [x, z], 22);
      recordDispatch(device, 'stir', [z], 33);
    });
    await device.idle();
    const salts: number[] = [];
    for (const { steps, params } of log.submissions) {
      const view = new DataView(params.buffer, params.byteOffset, params.byteLength);
      for (const step of steps) {
        if (step.op !== 'dispatch') continue;
        assert(
          step.bindings.every((binding) => binding !== undefined),
          'a binding is missing',
        );
        salts.push(view.getUint32(step.params.offset, true));
      }
    }
    assertSame(salts, [11, 22, 33], 'the parameters in the order of the steps');
    const z1 = content(device, 0).map((word) => Math.imul(Math.imul(word, 1664525) + 22, 22695477) + 33);
    assertSame(await wordsOf(device.read(z)), z1, 'the result of the last dispatch');
  });
}

async function uploadsWait(context: CaseContext): Promise<void> {
  for (const adversary of [undefined, ...context.seeds]) {
    await withBuffers(context, adversary === undefined ? {} : { adversary }, 3, async (device, [x, y, z]) => {
      const bytes = content(device, 50);
      device.write(x, bytes);
      recordDispatch(device, 'mix', [x, y], 1);
      device.flush();
      // Neither the host's array nor the memory may change under the work that is pending.
      bytes.fill(0);
      device.write(x, content(device, 51));
      recordDispatch(device, 'mix', [x, z], 1);
      const want = (salt: number) => content(device, salt).map((word) => Math.imul(word, 1664525) + 1);
      const [first, second] = await Promise.all([y, z].map((buffer) => wordsOf(device.read(buffer))));
      assertSame(first, want(50), 'what read the first upload');
      assertSame(second, want(51), 'what read the second upload');
    });
  }
}

async function exactCounts(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device, log }) => {
    const x = fresh(device, 1);
    await device.idle();
    const before = device.stats();
    const passesBefore = log.submissions.length;
    const kept = device.run(() => {
      const temporaries = Array.from({ length: 4 }, (_, i) => empty(device, `temporary ${i}`));
      let at = x;
      for (const [i, next] of temporaries.entries()) {
        recordDispatch(device, 'mix', [at, next], i);
        at = next;
      }
      assertEqual(device.stats().buffers.live, before.buffers.live + 4, 'live buffers inside the run');
      return at;
    });
    await device.idle();
    const { buffers, work } = device.stats();
    assertEqual(buffers.live, before.buffers.live + 1, 'live buffers after the run');
    assertEqual(work.dispatches - before.work.dispatches, 4, 'dispatches');
    assertEqual(
      work.submissions - before.work.submissions,
      log.submissions.length - passesBefore,
      'submissions',
    );
    assertEqual(work.inFlight, 0, 'submissions in flight');
    assertEqual(buffers.byLabel.get('temporary 3')?.buffers, 1, 'live buffers of the label');
    kept.free();
    assertEqual(device.stats().buffers.bytes, before.buffers.bytes, 'live bytes at the end');
    x.free();
  });
}
