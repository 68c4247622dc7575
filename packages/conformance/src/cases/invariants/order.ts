/** Invariants 1 to 4: order, barriers, memory, the stream. */

import type { Graph, Op } from '../../graph/graph.js';
import { interpret, uploadedWords } from '../../graph/interpret.js';
import { blockBytesOf, perform, recordDispatch, wordsOf } from '../../graph/perform.js';
import { assert, assertEqual, assertSame } from '../../suite/assert.js';
import type { CaseContext } from '../../suite/case.js';
import {
  barriersOf,
  computed,
  content,
  empty,
  freeAll,
  fresh,
  labelsOf,
  underAdversaries,
} from './helpers.js';

const whole = (buffer: number) => ({ buffer, at: 0, length: 1 });

/** Rounds of independent and dependent dispatches, some of which may trade places. */
export async function anyOrder(context: CaseContext): Promise<void> {
  const [a, b, c, d] = [0, 1, 2, 3].map(whole);
  const rounds = Array.from({ length: 6 }, (_, i): Op[] => [
    { op: 'dispatch', kernel: 'mix', spans: [a, b], salt: i },
    { op: 'dispatch', kernel: 'mix', spans: [a, c], salt: i + 10 },
    { op: 'sum', a: b, b: c, to: d },
    { op: 'dispatch', kernel: 'blend', spans: [b, c, d], salt: i + 20 },
    { op: 'dispatch', kernel: 'absorb', spans: [d, a], salt: i + 30 },
  ]);
  const graph: Graph = {
    buffers: 4,
    blocks: 1,
    ops: [{ op: 'run', body: rounds.flat(), abort: false }],
  };
  await underAdversaries(context, {}, async ({ device }) => {
    const blockBytes = blockBytesOf(device);
    const got = await perform(device, graph, { blockBytes });
    const want = interpret(graph, blockBytes / 4);
    for (const [i, words] of want.buffers.entries()) assertSame(got.buffers[i], words, `buffer ${i}`);
  });
}

export async function disjointViews(context: CaseContext): Promise<void> {
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
    assertEqual(barriersOf(log.submissions), 0, 'the number of barriers between views that touch');
    freeAll(x, out);
  });
}

/** The strict checker holds every pass to the fewest barriers; here the number is known beforehand. */
export async function fewestBarriers(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device, log }) => {
    const [a, b, c, d, e, f] = Array.from({ length: 6 }, (_, i) => fresh(device, i));
    await device.idle();
    log.submissions.length = 0;
    device.run(() => {
      recordDispatch(device, 'mix', [a, b], 1);
      recordDispatch(device, 'mix', [a, c], 2);
      recordDispatch(device, 'blend', [b, c, d], 3);
      recordDispatch(device, 'mix', [a, e], 4);
      recordDispatch(device, 'stir', [d], 5);
      recordDispatch(device, 'absorb', [e, f], 6);
    });
    await device.idle();
    // b, c and e; then d and f; then d again.
    assertEqual(barriersOf(log.submissions), 2, 'the number of barriers');
    freeAll(a, b, c, d, e, f);
  });
}

export async function byMemory(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const block = blockBytesOf(device);
    const base = empty(device, 'base', 4);
    device.write(base, uploadedWords(block, 1));
    const outer = base.view(0, 2 * block);
    const inner = base.view(block, block);
    const y = empty(device, 'y');
    // Two handles on one memory: the update through one is seen through the other.
    recordDispatch(device, 'stir', [outer], 3);
    recordDispatch(device, 'mix', [inner, y], 4);
    recordDispatch(device, 'stir', [inner], 5);
    const stirred = computed('stir', [uploadedWords(block, 1).slice(block / 4, block / 2)], 3);
    assertSame(await wordsOf(device.read(y)), computed('mix', [stirred], 4), 'what was read through a view');
    const twice = computed('stir', [stirred], 5);
    assertSame(await wordsOf(device.read(inner)), twice, 'the view after the second update');
    freeAll(y, base);
  });
}

export async function inTheStream(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const [x, y, z] = [0, 1, 2].map((salt) => fresh(device, salt));
    await device.idle();
    recordDispatch(device, 'mix', [x, y], 9);
    device.fill(x, 5);
    recordDispatch(device, 'mix', [x, z], 9);
    device.write(x, content(device, 77));
    const [gotX, gotY, gotZ] = await Promise.all([x, y, z].map((buffer) => wordsOf(device.read(buffer))));
    const before = content(device, 0);
    assertSame(gotY, computed('mix', [before], 9), 'what was read before the fill');
    assertSame(gotZ, computed('mix', [before.fill(5)], 9), 'what was read after the fill');
    assertSame(gotX, content(device, 77), 'what was uploaded last');
    freeAll(x, y, z);
  });
}

/** Whatever writes memory is a step of a submission, in its place: nothing happens on the side. */
export async function nothingOnTheSide(context: CaseContext): Promise<void> {
  const stack = { device: { planning: { lookAhead: 1 } } };
  await context.use(stack, async ({ device, log }) => {
    const x = empty(device, 'x');
    const y = empty(device, 'y');
    device.write(x, content(device, 1), { label: 'one' });
    device.copy(x, y, 'two');
    device.fill(x, 0, 'three');
    recordDispatch(device, 'mix', [x, y], 1, 'four');
    device.fill(x, 1, 'five');
    await device.idle();
    const labels = labelsOf(log.submissions);
    assert(labels.join() === 'one,two,three,four,five', `the steps are ${labels.join(', ')}`);
    freeAll(x, y);
  });
}
