/** Completions of submissions: each settles once, in serial order, and none is left behind by a loss. */

import type { Completion, WickError } from '@wick/core';

interface Pending {
  readonly settle: (completion: Completion) => void;
  /** How it ended, while one before it has not. */
  outcome: Completion | undefined;
}

export class Completions {
  /** In serial order. */
  readonly #pending: Pending[] = [];
  #cause: WickError | undefined;

  get isEmpty(): boolean {
    return this.#pending.length === 0;
  }

  /** Adds the next submission; `outcome` must not reject. */
  add(outcome: Promise<Completion>): Promise<Completion> {
    if (this.#cause !== undefined) return Promise.resolve({ ok: false, error: this.#cause });
    return new Promise((settle) => {
      const pending: Pending = { settle, outcome: undefined };
      this.#pending.push(pending);
      void outcome.then((ended) => {
        pending.outcome = ended;
        this.#advance();
      });
    });
  }

  /** Ends all that are pending, and all that are added later, with `cause`. */
  lose(cause: WickError): void {
    this.#cause ??= cause;
    for (const { settle } of this.#pending.splice(0)) settle({ ok: false, error: this.#cause });
  }

  #advance(): void {
    while (this.#pending[0]?.outcome !== undefined) {
      const { settle, outcome } = this.#pending[0];
      this.#pending.shift();
      settle(outcome);
    }
  }
}
