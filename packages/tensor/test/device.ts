/** A CPU device for a test file: opened before its tests, closed after, checked for leaks after each. */

import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { leaks, type NestedArray, type Tensor } from '../src/index.js';

/** What a thrown WickError must carry. */
export const code = (wanted: string) => expect.objectContaining({ name: 'WickError', code: wanted });

/** Fresh memory holds NaN, so a read of memory that was not written shows. */
export function useDevice(): { readonly device: Device } {
  const state: { device?: Device } = {};
  const use = {
    get device(): Device {
      if (state.device === undefined) throw new Error('the device is not open yet');
      return state.device;
    },
  };
  let before = 0;
  beforeAll(async () => {
    state.device = await openDevice(cpu({ scrub: true }));
  });
  beforeEach(() => {
    before = leaks(use.device).reduce((sum, { count }) => sum + count, 0);
  });
  afterEach(() => {
    const after = leaks(use.device);
    expect(
      after.reduce((sum, { count }) => sum + count, 0),
      JSON.stringify(after),
    ).toBe(before);
  });
  afterAll(() => use.device.close());
  return use;
}

/** Runs `fn` on the device and reads its result as nested lists; everything is freed. */
export async function valuesOf(device: Device, fn: () => Tensor): Promise<NestedArray> {
  using result = device.run(fn);
  return await result.toArray();
}
