/** How the steps of a submission are run: in program order, a little at a time. */

import type { Submission } from '@wick/core';
import { type BoundDispatch, bindCommand } from './commands.js';

/** What an executor may ask of the backend. */
export interface ExecutorHost {
  /** Whether the time slice is used up, or the device destroyed: then `pause` before running more. */
  due(): boolean;
  /** Lets the event loop turn. Rejects when the device is destroyed; the executor must let that pass. */
  pause(): Promise<void>;
  /**
   * Resolves when the submission of that serial has ended, however it did: at once if it is not pending.
   * Rejects as `pause` does.
   */
  ended(serial: number): Promise<void>;
}

/**
 * Runs one submission, and throws what a command throws. Executors of several submissions may be under
 * way at a time; they are started in serial order, and one that needs another to have ended waits for it.
 */
export type Executor = (submission: Submission, host: ExecutorHost) => Promise<void>;

/** Step by step, after the submission before it. */
export const programOrder: Executor = async (submission, host) => {
  await host.ended(submission.serial - 1);
  for (const step of submission.steps) {
    switch (step.op) {
      case 'beginPass':
      case 'endPass':
      case 'barrier':
        break;
      case 'dispatch':
      case 'copy':
      case 'fill':
      case 'upload':
      case 'download':
        await runInSlices(bindCommand(step, submission), host);
        break;
      default:
        step satisfies never;
    }
  }
};

/** Bounds on how long one call of `run` should take, in milliseconds. */
const SHORT = 0.5;
const LONG = 4;

/** Runs all units of a command in ranges that grow until they take a few milliseconds. */
export async function runInSlices(command: BoundDispatch, host: ExecutorHost): Promise<void> {
  let size = 1;
  for (let begin = 0; begin < command.units; ) {
    if (host.due()) await host.pause();
    const end = Math.min(begin + size, command.units);
    const start = performance.now();
    command.run(begin, end);
    const time = performance.now() - start;
    if (time < SHORT) size *= 8;
    else if (time > LONG) size = Math.max(1, size >> 1);
    begin = end;
  }
  command.finish();
}
