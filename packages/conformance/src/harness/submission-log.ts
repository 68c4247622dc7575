/** A wrapper that keeps what the core hands over, for cases that look at step lists. */

import type { Backend, Completion, Submission } from '@wick/core';
import { BackendWrapper, type Wrap, wrapOpened } from './wrapper.js';

/** What one device submitted. */
export interface SubmissionLog {
  readonly submissions: Submission[];
  /** Most submissions that were pending at one moment. */
  mostInFlight: number;
}

export function emptyLog(): SubmissionLog {
  return { submissions: [], mostInFlight: 0 };
}

export function logging(log: SubmissionLog): Wrap {
  return wrapOpened((backend) => new LoggingBackend(backend, log));
}

class LoggingBackend extends BackendWrapper {
  #pending = 0;

  constructor(
    inner: Backend,
    private readonly log: SubmissionLog,
  ) {
    super(inner);
  }

  override async submit(submission: Submission): Promise<Completion> {
    this.log.submissions.push({ ...submission, params: submission.params.slice() });
    this.log.mostInFlight = Math.max(this.log.mostInFlight, ++this.#pending);
    const completion = await this.inner.submit(submission);
    this.#pending--;
    return completion;
  }
}
