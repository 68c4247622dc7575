/** What saboteurs share: backends whose submissions are changed on their way. */

import type { Backend, Completion, Pipeline, PipelineRequest, Submission } from '@wick/core';
import { KernelUses } from '../harness/step-list.js';
import { BackendWrapper, wrapOpened } from '../harness/wrapper.js';
import type { Saboteur } from '../suite/stack.js';

/** A wrapper that hands every submission over as `rewrite` leaves it. */
export function rewriting(
  rewrite: (submission: Submission, uses: KernelUses) => Submission,
): NonNullable<Saboteur['wrap']> {
  return wrapOpened((backend) => new RewritingBackend(backend, rewrite));
}

export class RewritingBackend extends BackendWrapper {
  readonly #uses = new KernelUses();

  constructor(
    inner: Backend,
    private readonly rewrite: (submission: Submission, uses: KernelUses) => Submission,
  ) {
    super(inner);
  }

  override prepare(request: PipelineRequest) {
    const prepared = this.inner.prepare(request);
    const note = (pipeline: Pipeline) => this.#uses.note(pipeline, request.kernel);
    return prepared instanceof Promise ? prepared.then(note) : note(prepared);
  }

  override submit(submission: Submission): Promise<Completion> {
    return this.inner.submit(this.rewrite(submission, this.#uses));
  }
}
