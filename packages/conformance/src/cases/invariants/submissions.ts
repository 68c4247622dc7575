/** Invariants 6 to 8: bounds, failures, reads. */

import { blockBytesOf, recordDispatch, wordsOf } from '../../graph/perform.js';
import { FaultPlan } from '../../harness/faulty.js';
import { assert, assertEqual, assertRejects, assertSame, assertThrows } from '../../suite/assert.js';
import type { CaseContext } from '../../suite/case.js';
import { computed, content, empty, freeAll, fresh, labelsOf, underAdversaries } from './helpers.js';

/** By commands (the strict checker sees the bytes too) and in number, with many reads waiting. */
export async function bounded(context: CaseContext): Promise<void> {
  const demands = { limits: { maxCommandsPerSubmission: 4, maxSubmissionsInFlight: 2 } };
  await underAdversaries(context, { demands }, async ({ device, log }) => {
    const x = fresh(device, 1);
    let want = content(device, 1);
    device.run(() => {
      for (let i = 0; i < 100; i++) recordDispatch(device, 'stir', [x], i);
    });
    for (let i = 0; i < 100; i++) want = computed('stir', [want], i);
    const reads = await Promise.all(Array.from({ length: 10 }, () => wordsOf(device.read(x))));
    for (const [i, words] of reads.entries()) assertSame(words, want, `read ${i}`);
    for (const { steps } of log.submissions) {
      const commands = steps.filter((step) => 'command' in step).length;
      assert(commands <= 4, `a submission has ${commands} commands`);
    }
    assert(log.mostInFlight <= 2, `${log.mostInFlight} submissions were in flight`);
    assert(log.submissions.length >= 25, `there are ${log.submissions.length} submissions`);
    x.free();
  });
}

/** A command that alone is above a bound gets a submission of its own; the others share. */
export async function boundedBySize(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device }) => {
    const block = blockBytesOf(device);
    const bounds = { maxBytesPerSubmission: 3 * block, maxWorkPerSubmission: block };
    await context.use({ device: { planning: { bounds } } }, async ({ device: small, log }) => {
      const x = empty(small, 'x', 8);
      const y = fresh(small, 1);
      await small.idle();
      log.submissions.length = 0;
      small.run(() => {
        recordDispatch(small, 'stir', [y], 1);
        small.fill(x, 7);
        recordDispatch(small, 'stir', [y], 2);
        recordDispatch(small, 'stir', [y], 3);
      });
      await small.idle();
      const large = log.submissions.find(({ steps }) => steps.some(({ op }) => op === 'fill'));
      assertEqual(
        labelsOf(large === undefined ? [] : [large]).length,
        1,
        'the commands beside the large one',
      );
      assert(log.submissions.length >= 3, `there are ${log.submissions.length} submissions`);
      freeAll(x, y);
    });
  });
}

export async function neverSilent(context: CaseContext): Promise<void> {
  await context.use({ faults: new FaultPlan('submission fails', 2) }, async ({ device }) => {
    const x = fresh(device, 1);
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
    // Poison stays: also for work that is recorded long after.
    const late = empty(device, 'late');
    recordDispatch(device, 'mix', [y, late], 3);
    await assertRejects(device.read(late), 'SUBMISSION_FAILED', 'reading what was made of it later');
    assertSame(await wordsOf(device.read(x)), content(device, 1), 'what does not depend on it');
    await assertRejects(device.idle(), 'SUBMISSION_FAILED', 'waiting for everything');
    await device.idle();
    // Written anew as a whole, it can be read.
    device.fill(y, 3);
    assertSame(await wordsOf(device.read(y)), content(device, 1).fill(3), 'what was overwritten');
    freeAll(x, y, z, late);
  });
}

export async function neverUnwritten(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device }) => {
    const block = blockBytesOf(device);
    const x = empty(device, 'x', 2);
    const y = empty(device, 'y', 2);
    await assertRejects(device.read(x), 'UNWRITTEN', 'reading fresh memory');
    device.fill(x.view(0, block), 1);
    await assertRejects(device.read(x), 'UNWRITTEN', 'reading memory that is half written');
    assertThrows(() => recordDispatch(device, 'mix', [x, y], 1), 'UNWRITTEN', 'a dispatch over it');
    assertThrows(() => device.copy(x, y), 'UNWRITTEN', 'a copy of it');
    device.fill(x.view(block, block), 1);
    await device.read(x);
    freeAll(x, y);
  });
}

export async function producersOnly(context: CaseContext): Promise<void> {
  await context.use({}, async ({ device, log }) => {
    const [a, b, c, d] = [0, 1, 2, 3].map((salt) => fresh(device, salt));
    await device.idle();
    log.submissions.length = 0;
    recordDispatch(device, 'mix', [a, b], 1, 'wanted');
    recordDispatch(device, 'mix', [c, d], 2, 'other');
    assertSame(await wordsOf(device.read(b)), computed('mix', [content(device, 0)], 1), 'what is wanted');
    const labels = labelsOf(log.submissions);
    assert(labels.includes('wanted'), 'the producer was not submitted');
    assert(!labels.includes('other'), 'a command that the bytes do not depend on was submitted');
    assertSame(await wordsOf(device.read(a)), content(device, 0), 'memory that is complete');
    assert(!labelsOf(log.submissions).includes('other'), 'reading what is complete flushed something');
    await device.idle();
    freeAll(a, b, c, d);
  });
}

/** A read of shared memory ends while work that was submitted after its producer goes on. */
export async function waitsForProducerOnly(context: CaseContext): Promise<void> {
  const stack = { adversary: 'reverse' as const };
  await context.use(stack, async ({ device, log }) => {
    const [a, b, c] = [0, 1, 2].map((salt) => fresh(device, salt));
    await device.idle();
    recordDispatch(device, 'stir', [a], 1);
    device.flush();
    const read = wordsOf(device.read(a));
    for (const buffer of [b, c]) {
      recordDispatch(device, 'stir', [buffer], 2);
      device.flush();
    }
    assertSame(await read, computed('stir', [content(device, 0)], 1), 'what was read');
    const byDownload = log.submissions.some(({ downloads }) => downloads.length > 0);
    const { inFlight } = device.stats().work;
    assert(byDownload || inFlight > 0, 'everything had ended before the read did');
    await device.idle();
    freeAll(a, b, c);
  });
}

export async function manyReads(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const buffers = Array.from({ length: 8 }, (_, i) => fresh(device, i));
    const reads = Array.from({ length: 100 }, (_, round) =>
      buffers.map(async (buffer, i) => {
        assertSame(await wordsOf(device.read(buffer)), content(device, i), `read ${round} of buffer ${i}`);
      }),
    );
    await Promise.all(reads.flat());
    freeAll(...buffers);
  });
}
