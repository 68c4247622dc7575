/** A wrapper that keeps what the core hands over, for cases that look at step lists. */

import type { Backend, Completion, Submission } from '@wick/core';
import { BackendWrapper, type Wrap, wrapOpened } from './wrapper.js';

/** What one device submitted. */
export interface SubmissionLog {
  readonly submissions: Submission[];
  /** By serial, the serials that were pending when it was submitted. */
  readonly pendingAt: Map<number, readonly number[]>;
  /** Most submissions that were pending at one moment. */
  mostInFlight: number;
}

export function emptyLog(): SubmissionLog {
  return { submissions: [], pendingAt: new Map(), mostInFlight: 0 };
}

export function logging(log: SubmissionLog): Wrap {
  return wrapOpened((backend) => new LoggingBackend(backend, log));
}

class LoggingBackend extends BackendWrapper {
  readonly #pending = new Set<number>();

  constructor(
    inner: Backend,
    private readonly log: SubmissionLog,
  ) {
    super(inner);
  }

  override async submit(submission: Submission): Promise<Completion> {
    const { serial } = submission;
    this.log.submissions.push({ ...submission, params: submission.params.slice() });
    this.log.pendingAt.set(serial, [...this.#pending]);
    this.#pending.add(serial);
    this.log.mostInFlight = Math.max(this.log.mostInFlight, this.#pending.size);
    try {
      return await this.inner.submit(submission);
    } finally {
      this.#pending.delete(serial);
    }
  }
}
