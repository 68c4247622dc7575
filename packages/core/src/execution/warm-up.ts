/** Compiles kernels before they are needed. */

import type { PipelineRequest } from '../backend.js';
import { WickError } from '../errors.js';
import type { Command } from '../recording/commands.js';
import type { CompileProgress, Pipelines } from './pipelines.js';

/** Options of `Device.warmUp`. */
export interface WarmUpOptions {
  readonly onProgress?: (progress: CompileProgress) => void;
  /** Stops waiting; what is being compiled goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Compiles every kernel variant that `commands` dispatch, those of a kind once. Rejects with the first
 * failure (`KERNEL_COMPILE_FAILED`, `KERNEL_UNSUPPORTED`, `DEVICE_LOST`), or `CANCELLED`.
 */
export async function compileKernels(
  pipelines: Pipelines,
  commands: readonly Command[],
  { onProgress, signal }: WarmUpOptions,
): Promise<void> {
  const requests = new Map<string, PipelineRequest>();
  for (const command of commands) {
    if (command.kind === 'dispatch') requests.set(command.request.key, command.request);
  }
  const total = requests.size;
  let loaded = 0;
  const report = (label: string) => {
    if (!signal?.aborted) onProgress?.({ kind: 'compile', loaded, total, label });
  };
  const aborted = cancellation(signal);
  try {
    report('');
    const compiling = [...requests.values()].map(async (request) => {
      await pipelines.get(request);
      loaded++;
      report(request.kernel.name);
    });
    await Promise.race([Promise.all(compiling), aborted.promise]);
  } finally {
    aborted.stop();
  }
}

function cancellation(signal: AbortSignal | undefined): {
  readonly promise: Promise<never>;
  readonly stop: () => void;
} {
  let abort: () => void = () => {};
  const promise = new Promise<never>((_, reject) => {
    abort = () => reject(new WickError('CANCELLED', 'the warm-up was cancelled'));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  });
  promise.catch(() => {}); // it may come when nobody waits any more
  return { promise, stop: () => signal?.removeEventListener('abort', abort) };
}
