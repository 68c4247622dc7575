/** Errors of WebGPU, which come later and elsewhere, as results of the calls that caused them. */

import { type ErrorCode, WickError } from '@wick/core';

/** In the order in which they are opened; the innermost takes what is its own. */
const FILTERS = ['internal', 'out-of-memory', 'validation'] as const satisfies readonly GPUErrorFilter[];

const CODES: Readonly<Record<GPUErrorFilter, ErrorCode>> = {
  'out-of-memory': 'OUT_OF_MEMORY',
  internal: 'SUBMISSION_FAILED',
  validation: 'SUBMISSION_FAILED',
};

/** What a call returned, and the first error that it caused. */
export interface Scoped<T> {
  readonly value: T;
  /** Never rejects. */
  readonly error: Promise<WickError | undefined>;
}

/**
 * Runs `work` in error scopes, so that its errors belong to it and not to the device. `context` begins
 * the error's sentence. What `work` throws is thrown.
 */
export function scoped<T>(device: GPUDevice, context: string, work: () => T): Scoped<T> {
  for (const filter of FILTERS) device.pushErrorScope(filter);
  let value: T;
  try {
    value = work();
  } catch (thrown) {
    void popScopes(device, context);
    throw thrown;
  }
  return { value, error: popScopes(device, context) };
}

function popScopes(device: GPUDevice, context: string): Promise<WickError | undefined> {
  const popped = FILTERS.toReversed().map(async (filter) => {
    // A lost device answers with an error of its own, which is not about this work.
    const error = await device.popErrorScope().catch(() => null);
    return error === null ? undefined : new WickError(CODES[filter], `${context}: ${error.message}`);
  });
  return Promise.all(popped).then((errors) => errors.find((error) => error !== undefined));
}

export function lostError(message: string): WickError {
  return new WickError('DEVICE_LOST', message);
}

/** The source of a kernel does not compile, or does not fit its declaration; `log` has the lines. */
export function compileFailed(name: string, log: string, cause: unknown): WickError {
  return new WickError('KERNEL_COMPILE_FAILED', `kernel "${name}" does not compile: ${log}`, {
    label: name,
    cause,
  });
}
