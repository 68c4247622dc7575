import { WickError } from '@wick/core';

/** Throws CANCELLED, with the signal's reason as its cause, when `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined, label: string): void {
  if (signal?.aborted) {
    throw new WickError('CANCELLED', `${label} was cancelled.`, { label, cause: signal.reason });
  }
}
