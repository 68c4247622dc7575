import { afterEach, expect, test, vi } from 'vitest';
import { nextTurn } from '../src/turn.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

test.each(['setImmediate', 'MessageChannel'])(
  'timers and earlier turns come first with %s',
  async (means) => {
    if (means !== 'setImmediate') vi.stubGlobal('setImmediate', undefined);
    const seen: string[] = [];
    const turns = [nextTurn().then(() => seen.push('first')), nextTurn().then(() => seen.push('second'))];
    queueMicrotask(() => seen.push('microtask'));
    await Promise.all(turns);
    expect(seen).toEqual(['microtask', 'first', 'second']);

    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 0);
    for (let i = 0; i < 1000 && !fired; i++) await nextTurn();
    expect(fired).toBe(true);
  },
);
