/** Waiting that an `AbortSignal` ends. */

import { WickError } from '../errors.js';

/** What `begin` promises; rejects `CANCELLED` as soon as `signal` is aborted, before `begin` if it is already. */
export async function unlessAborted<T>(
  signal: AbortSignal | undefined,
  label: string,
  begin: () => Promise<T>,
): Promise<T> {
  const cancelled = () => new WickError('CANCELLED', `the read of "${label}" was cancelled`, { label });
  if (signal?.aborted) throw cancelled();
  const promise = begin();
  if (signal === undefined) return promise;
  promise.catch(() => {}); // the caller may have left
  return new Promise((resolve, reject) => {
    const abort = () => reject(cancelled());
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
