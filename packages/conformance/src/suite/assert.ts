/** What cases say when they fail; they need no test runner for it. */

import { type ErrorCode, WickError } from '@wick/core';

/** A case's expectation that was not met. */
export class CaseFailure extends Error {
  override readonly name = 'CaseFailure';
}

export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) throw new CaseFailure(typeof message === 'string' ? message : message());
}

export function assertEqual<T>(got: T, want: T, what: string): void {
  assert(Object.is(got, want), () => `${what} is ${String(got)}, not ${String(want)}`);
}

/** Compares element by element, bits included; says where they differ first, and how often. */
export function assertSame(got: ArrayLike<number>, want: ArrayLike<number>, what: string): void {
  assertEqual(got.length, want.length, `the length of ${what}`);
  let first = -1;
  let count = 0;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i])) continue;
    if (first < 0) first = i;
    count++;
  }
  assert(
    first < 0,
    () =>
      `${what} differs in ${count} of ${want.length} places; at ${first} it is ${got[first]}, not ${want[first]}`,
  );
}

/** The error that a promise rejects with; fails where it resolves. */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  const [result] = await Promise.allSettled([promise]);
  assert(result.status === 'rejected', `${what} succeeded`);
  return result.reason;
}

/** That something thrown is a `WickError` with one of the codes; returns it. */
export function assertCode(
  thrown: unknown,
  codes: ErrorCode | readonly ErrorCode[],
  what: string,
): WickError {
  const wanted = [codes].flat();
  assert(thrown instanceof WickError, () => `${what} failed with ${String(thrown)}`);
  assert(wanted.includes(thrown.code), () => `${what} failed with ${thrown.code}: ${thrown.message}`);
  return thrown;
}

/** That a promise rejects with a `WickError` of one of the codes; returns the error. */
export async function assertRejects(
  promise: Promise<unknown>,
  codes: ErrorCode | readonly ErrorCode[],
  what: string,
): Promise<WickError> {
  return assertCode(await rejection(promise, what), codes, what);
}

/** That a call throws a `WickError` of one of the codes. */
export function assertThrows(
  call: () => unknown,
  codes: ErrorCode | readonly ErrorCode[],
  what: string,
): WickError {
  try {
    call();
  } catch (thrown) {
    return assertCode(thrown, codes, what);
  }
  throw new CaseFailure(`${what} succeeded`);
}
