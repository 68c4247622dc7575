/** Comparison with values that were computed in another way. */

import type { BindingArray } from '@wick/core';
import { expect } from 'vitest';

/** Every element within a few float32 roundings of the largest that was summed; NaN where NaN is wanted. */
export function expectNear(got: ArrayLike<number> | BindingArray, want: ArrayLike<number>, scale = 1): void {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    const tolerance = 2 ** -22 * Math.max(Math.abs(want[i]), scale);
    const near = Math.abs(got[i] - want[i]) <= tolerance || Object.is(got[i] + 0, want[i] + 0);
    expect(near, `element ${i} is ${got[i]}, not ${want[i]}`).toBe(true);
  }
}
