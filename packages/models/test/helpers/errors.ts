import { type ErrorCode, WickError } from '@wick/core';
import { expect } from 'vitest';

/** Runs `work`, expects a WickError of this code, and gives it back. */
export async function failure(code: ErrorCode, work: () => unknown): Promise<WickError> {
  let thrown: unknown;
  try {
    await work();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(WickError);
  if (!(thrown instanceof WickError)) throw new Error('unreachable');
  expect(thrown.code, thrown.message).toBe(code);
  return thrown;
}
