/** Invariants 9 and 11: nothing is sticky, and counting is exact. */

import { ReplayParam } from '@wick/core';
import { graphKernels } from '../../graph/kernels.js';
import { blockBytesOf, recordDispatch, wordsOf } from '../../graph/perform.js';
import { assert, assertEqual, assertSame, assertThrows } from '../../suite/assert.js';
import type { CaseContext } from '../../suite/case.js';
import { barriersOf, computed, content, empty, freeAll, fresh, underAdversaries } from './helpers.js';

export async function incompleteIsRefused(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device }) => {
    const [x, out] = [0, 1].map((salt) => fresh(device, salt));
    const grid = [blockBytesOf(device) / 4, 1, 1] as const;
    const params = { salt: 1 };
    const { mix } = graphKernels;
    device.dispatch(mix, { bindings: { x, out }, params, grid });
    const refused = (what: string, call: () => void) => assertThrows(call, 'INVALID_ARGUMENT', what);
    refused('a dispatch without an input', () => device.dispatch(mix, { bindings: { out }, params, grid }));
    refused('a dispatch without an output', () => device.dispatch(mix, { bindings: { x }, params, grid }));
    refused('a dispatch without parameters', () => device.dispatch(mix, { bindings: { x, out }, grid }));
    assertSame(await wordsOf(device.read(out)), computed('mix', [content(device, 0)], 1), 'the whole one');
    freeAll(x, out);
  });
}

/** Dispatches that differ in one thing each from the one before: kernel, parameters, bindings, grid. */
export async function nothingLeaks(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device, log }) => {
    const [x, y, z] = [0, 1, 2].map((salt) => fresh(device, salt));
    await device.idle();
    log.submissions.length = 0;
    device.run(() => {
      recordDispatch(device, 'mix', [x, y], 11);
      recordDispatch(device, 'mix', [x, z], 22);
      recordDispatch(device, 'stir', [z], 33);
      recordDispatch(device, 'stir', [y], 33);
      recordDispatch(device, 'absorb', [y, z], 44);
    });
    const got = await Promise.all([y, z].map((buffer) => wordsOf(device.read(buffer))));
    const words = content(device, 0);
    const wantY = computed('stir', [computed('mix', [words], 11)], 33);
    const wantZ = computed('stir', [computed('mix', [words], 22)], 33);
    assertSame(got[0], wantY, 'y');
    assertSame(got[1], computed('absorb', [wantY, wantZ], 44), 'z');
    const salts = log.submissions.flatMap(({ steps, params }) => {
      const view = new DataView(params.buffer, params.byteOffset, params.byteLength);
      return steps.flatMap((step) =>
        step.op === 'dispatch' ? [view.getUint32(step.params.offset, true)] : [],
      );
    });
    assertSame([...salts].sort(), [11, 22, 33, 33, 44], 'the parameters of the steps');
    freeAll(x, y, z);
  });
}

/** Kernels with as many bindings each, taking turns on the same memory. */
export async function ownPipelines(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const [x, y] = [fresh(device, 1), empty(device, 'y')];
    device.run(() => {
      recordDispatch(device, 'mix', [x, y], 2);
      recordDispatch(device, 'absorb', [x, y], 2);
      recordDispatch(device, 'mix', [y, x], 2);
      recordDispatch(device, 'absorb', [y, x], 2);
    });
    const words = content(device, 1);
    const wantY = computed('absorb', [words, computed('mix', [words], 2)], 2);
    const wantX = computed('absorb', [wantY, computed('mix', [wantY], 2)], 2);
    assertSame(await wordsOf(device.read(y)), wantY, 'y');
    assertSame(await wordsOf(device.read(x)), wantX, 'x');
    freeAll(x, y);
  });
}

/** A plan replayed several times at once, each time with another parameter. */
export async function replaysKeepTheirParameters(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const { mix } = graphKernels;
    const x = fresh(device, 1);
    const block = blockBytesOf(device);
    using plan = device.compile({ x: block }, (inputs) => {
      const out = device.createBuffer({ byteLength: block, label: 'out' });
      device.dispatch(mix, {
        bindings: { x: inputs.x, out },
        params: { salt: new ReplayParam('salt', 0) },
        grid: [block / 4, 1, 1],
      });
      return { out };
    });
    const outputs = [3, 5, 8, 13].map((salt) => ({ salt, out: plan.run({ x }, { salt }).out }));
    for (const { salt, out } of outputs) {
      const want = computed('mix', [content(device, 1)], salt);
      assertSame(await wordsOf(device.read(out)), want, `the replay with ${salt}`);
      out.free();
    }
    x.free();
  });
}

export async function exactCounts(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device, log }) => {
    const x = fresh(device, 1);
    await device.idle();
    const before = device.stats();
    log.submissions.length = 0;
    const kept = device.run(() => {
      let at = x;
      for (let i = 0; i < 4; i++) {
        const next = empty(device, `temporary ${i}`);
        recordDispatch(device, 'mix', [at, next], i);
        at = next;
      }
      device.fill(at.view(0, at.byteLength / 2), 1);
      assertEqual(device.stats().buffers.live, before.buffers.live + 4, 'live buffers inside the run');
      return at;
    });
    await device.idle();
    const { buffers, work } = device.stats();
    const { submissions } = log;
    const steps = submissions.flatMap((submission) => submission.steps);
    const count = (...ops: string[]) => steps.filter(({ op }) => ops.includes(op)).length;
    assertEqual(work.submissions - before.work.submissions, submissions.length, 'submissions');
    assertEqual(work.passes - before.work.passes, count('beginPass'), 'passes');
    assertEqual(work.barriers - before.work.barriers, barriersOf(submissions), 'barriers');
    assertEqual(work.dispatches - before.work.dispatches, 4, 'dispatches');
    assertEqual(
      work.transfers - before.work.transfers,
      count('copy', 'fill', 'upload', 'download'),
      'transfers',
    );
    assertEqual(work.inFlight, 0, 'submissions in flight');
    assertEqual(buffers.live, before.buffers.live + 1, 'live buffers after the run');
    assertEqual(buffers.byLabel.get('temporary 3')?.buffers, 1, 'live buffers of the label that was kept');
    assertEqual(buffers.byLabel.has('temporary 2'), false, 'that a label without buffers is listed');
    kept.free();
    assertEqual(device.stats().buffers.bytes, before.buffers.bytes, 'live bytes at the end');
    x.free();
  });
}

/** Make, use, read and free, over and over: memory and handles stay flat. */
export async function flat(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device }) => {
    let allocations = 0;
    for (let i = 0; i < 300; i++) {
      const x = fresh(device, i);
      const y = empty(device, 'y');
      recordDispatch(device, 'mix', [x, y], i);
      await device.read(y);
      freeAll(x, y);
      if (i === 10) allocations = device.stats().memory.allocations;
    }
    const { memory, buffers } = device.stats();
    assertEqual(memory.allocations, allocations, 'allocations after 300 rounds');
    assertEqual(buffers.live, 0, 'live buffers');
    assert(memory.pooledBytes === memory.allocatedBytes, `${memory.allocatedBytes} bytes are in use`);
  });
}
