import { WickError } from '@wick/core';

/** Throws CANCELLED, with the signal's reason as its cause, when `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined, label: string): void {
  if (signal?.aborted) {
    throw new WickError('CANCELLED', `${label} was cancelled.`, { label, cause: signal.reason });
  }
}

/** The options of a read that `signal`, if there is one, gives up. */
export function readOptions(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
