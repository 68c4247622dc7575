/** State that outlives its time: of a dispatch in the next one, as encoders keep it, and of a device. */

import type { Completion, Step, Submission } from '@wick/core';
import { BackendWrapper, wrapOpened } from '../harness/wrapper.js';
import type { Saboteur } from '../suite/stack.js';
import { rewriting } from './rewriting.js';

type Dispatch = Extract<Step, { op: 'dispatch' }>;

/** Gives every dispatch something of the one before it in the submission. */
function sticky(change: (step: Dispatch, previous: Dispatch) => Dispatch): NonNullable<Saboteur['wrap']> {
  return rewriting((submission) => {
    let previous: Dispatch | undefined;
    const steps = submission.steps.map((step) => {
      if (step.op !== 'dispatch') return step;
      const changed = previous === undefined ? step : change(step, previous);
      previous = step;
      return changed;
    });
    return { ...submission, steps };
  });
}

/** Every dispatch runs with the parameters of the one before it. */
export const stickyParams: Saboteur = {
  name: 'parameters of the previous dispatch',
  wrap: sticky((step, { params }) =>
    params.byteLength === step.params.byteLength ? { ...step, params } : step,
  ),
};

/** The first binding is not set anew where the kernel stays the same. */
export const stickyBindings: Saboteur = {
  name: 'bindings of the previous dispatch',
  wrap: sticky((step, { pipeline, bindings }) =>
    pipeline === step.pipeline ? { ...step, bindings: [bindings[0], ...step.bindings.slice(1)] } : step,
  ),
};

/** The pipeline is not set anew where the bindings are as many. */
export const stickyPipeline: Saboteur = {
  name: 'pipeline of the previous dispatch',
  wrap: sticky((step, { pipeline, bindings }) =>
    bindings.length === step.bindings.length ? { ...step, pipeline } : step,
  ),
};

/** Parameters are read when the work runs, not when it is submitted: a replay has changed them by then. */
export const lateParams: Saboteur = {
  name: 'parameters taken late',
  wrap: wrapOpened(
    (backend) =>
      new (class extends BackendWrapper {
        #before: Promise<unknown> = Promise.resolve();

        override submit(submission: Submission): Promise<Completion> {
          // Some turns of the microtask queue: the replays that are already called come first.
          let late = this.#before;
          for (let i = 0; i < 40; i++) late = late.then(() => {});
          this.#before = late;
          return late.then(() => this.inner.submit(submission));
        }
      })(backend),
  ),
};

/** A device that is being closed takes work all the same. */
export const openWhileDraining: Saboteur = {
  name: 'work taken while draining',
  tamper(device) {
    device.close = async () => {
      await device.idle().catch(() => {});
      device.destroy();
    };
  },
};
