/** Invariants 5 and 10: memory that is reused, and memory that the host writes. */

import { recordDispatch, wordsOf } from '../../graph/perform.js';
import { assert, assertSame } from '../../suite/assert.js';
import type { CaseContext } from '../../suite/case.js';
import { computed, content, empty, freeAll, fresh, underAdversaries } from './helpers.js';

/** A chain in which each step frees what it read: two blocks take turns, though nothing is waited for. */
export async function reusedAtOnce(context: CaseContext): Promise<void> {
  const steps = 20;
  await underAdversaries(context, {}, async ({ device }) => {
    const x = fresh(device, 1);
    let at = x;
    let want = content(device, 1);
    for (let i = 0; i < steps; i++) {
      const next = empty(device, 'next');
      recordDispatch(device, 'mix', [at, next], i);
      want = computed('mix', [want], i);
      if (at !== x) at.free();
      at = next;
      device.flush();
    }
    assertSame(await wordsOf(device.read(at)), want, 'the end of the chain');
    const { allocations } = device.stats().memory;
    assert(allocations <= 4, `${allocations} allocations for a chain of ${steps}`);
    freeAll(at, x);
  });
}

export async function recycledInOrder(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
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
    const want = computed('mix', [content(device, 1)], 4);
    assertSame(await wordsOf(device.read(y)), want, 'what was made of the memory before it was recycled');
    freeAll(y, next);
  });
}

/** Without a pool freed memory goes back to the backend; the strict checker sees whether too early. */
export async function freedInFlight(context: CaseContext): Promise<void> {
  await underAdversaries(context, { device: { pooling: false } }, async ({ device }) => {
    const outputs = Array.from({ length: 6 }, (_, i) => {
      const x = fresh(device, i);
      const y = empty(device, 'y');
      recordDispatch(device, 'mix', [x, y], i);
      device.flush();
      x.free();
      return y;
    });
    for (const [i, y] of outputs.entries()) {
      assertSame(await wordsOf(device.read(y)), computed('mix', [content(device, i)], i), `output ${i}`);
      y.free();
    }
  });
}

export async function uploadsWait(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const x = empty(device, 'x');
    const outputs = [0, 1, 2, 3].map((i) => {
      // Neither the host's array nor the memory may change under work that is pending.
      const words = content(device, 50 + i);
      device.write(x, words);
      words.fill(0);
      const out = empty(device, `out ${i}`);
      recordDispatch(device, 'mix', [x, out], 1);
      if (i % 2 === 0) device.flush();
      return out;
    });
    const got = await Promise.all(outputs.map((out) => wordsOf(device.read(out))));
    for (const [i, words] of got.entries()) {
      assertSame(words, computed('mix', [content(device, 50 + i)], 1), `what read upload ${i}`);
    }
    freeAll(x, ...outputs);
  });
}

/** A read has the bytes of the moment of the call, whatever is written right after it. */
export async function readsKeepTheirMoment(context: CaseContext): Promise<void> {
  await underAdversaries(context, {}, async ({ device }) => {
    const x = fresh(device, 1);
    await device.idle();
    const first = wordsOf(device.read(x));
    device.write(x, content(device, 2));
    const second = wordsOf(device.read(x));
    device.fill(x, 3);
    device.flush();
    recordDispatch(device, 'stir', [x], 4);
    const third = wordsOf(device.read(x));
    for (const later of [second, third]) later.catch(() => {}); // the first may fail before
    assertSame(await first, content(device, 1), 'the read before the upload');
    assertSame(await second, content(device, 2), 'the read before the fill');
    assertSame(await third, computed('stir', [content(device, 1).fill(3)], 4), 'the read at the end');
    x.free();
  });
}
