/** Errors are told by their codes, never by their text. */

import { WickError } from '@wick/core';

/** The code of what `fn` throws; fails where it throws nothing, or no WickError. */
export function codeOf(fn: () => unknown): string {
  try {
    fn();
  } catch (thrown) {
    return codeOfError(thrown);
  }
  return 'nothing was thrown';
}

/** The code that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'nothing was rejected', codeOfError);
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<WickError> {
  const thrown = await promise.then(
    () => new Error('nothing was rejected'),
    (error: unknown) => error,
  );
  if (thrown instanceof WickError) return thrown;
  throw thrown;
}

function codeOfError(thrown: unknown): string {
  return thrown instanceof WickError ? thrown.code : `no WickError: ${thrown}`;
}
