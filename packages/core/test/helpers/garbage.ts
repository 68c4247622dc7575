/** Garbage collection on demand, without a flag on the command line. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** Collects garbage until `done` says so; finalizers run in turns of the event loop between. */
export async function collectUntil(done: () => boolean, rounds = 50): Promise<boolean> {
  for (let i = 0; i < rounds && !done(); i++) {
    // In a turn of its own: what a WeakRef has shown in this one is not collected before it ends.
    await new Promise((resolve) => setTimeout(resolve, 2));
    gc();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return done();
}

/** Collects what can be collected now. */
export async function collectGarbage(): Promise<void> {
  await collectUntil(() => false, 8);
}
