/** Work that ends before it has ended, or whose end nobody looks at; memory that is reused too early. */

import type { Allocation, Completion, Submission } from '@wick/core';
import { WickError } from '@wick/core';
import { BackendWrapper, wrapOpened } from '../harness/wrapper.js';
import type { Saboteur } from '../suite/stack.js';

/** The pool forgets who used a block last, so its next user waits for nobody. */
export const earlyRecycling: Saboteur = {
  name: 'memory recycled before its last reader',
  tamper(device) {
    const { pool } = device;
    const release = pool.release.bind(pool);
    pool.release = (block) => {
      const Forgetful = block.constructor as new (
        ...given: [typeof block.allocation, number]
      ) => typeof block;
      release(new Forgetful(block.allocation, block.byteLength));
    };
  },
};

/** Nobody looks at the status of a submission. */
export const ignoredFailure: Saboteur = {
  name: 'failed submissions ignored',
  wrap: wrapOpened(
    (backend) =>
      new (class extends BackendWrapper {
        override async submit(submission: Submission): Promise<Completion> {
          await this.inner.submit(submission);
          return { ok: true };
        }
      })(backend),
  ),
};

/** One failed submission, and every later one is called failed too. */
export const lastingFailure: Saboteur = {
  name: 'failures that last',
  wrap: wrapOpened(
    (backend) =>
      new (class extends BackendWrapper {
        #failed = false;

        override async submit(submission: Submission): Promise<Completion> {
          const completion = await this.inner.submit(submission);
          this.#failed ||= !completion.ok;
          if (!this.#failed || !completion.ok) return completion;
          return { ok: false, error: new WickError('SUBMISSION_FAILED', 'an earlier submission failed') };
        }
      })(backend),
  ),
};

/** The core is told that a command buffer may be of any length. */
export const unboundedSubmissions: Saboteur = {
  name: 'submissions unbounded',
  wrap: wrapOpened(
    (backend) =>
      new (class extends BackendWrapper {
        override readonly limits = {
          ...backend.limits,
          maxCommandsPerSubmission: Number.MAX_SAFE_INTEGER,
          maxBytesPerSubmission: Number.MAX_SAFE_INTEGER,
          maxWorkPerSubmission: Number.MAX_SAFE_INTEGER,
        };
      })(backend),
  ),
};

/** A completion settles before the work is done. */
export const earlyCompletion: Saboteur = {
  name: 'completion before the work is done',
  wrap: wrapOpened(
    (backend) =>
      new (class extends BackendWrapper {
        override submit(submission: Submission): Promise<Completion> {
          void this.inner.submit(submission);
          return Promise.resolve({ ok: true });
        }
      })(backend),
  ),
};

/** The host reads staging memory that still holds what was read from there before. */
export const staleReads: Saboteur = {
  name: 'reads of the bytes read before',
  wrap: wrapOpened(
    (backend) =>
      new (class extends BackendWrapper {
        readonly #staging = new Map<Allocation, Map<string, Uint8Array>>();

        constructor() {
          super(backend);
          const { hostMemory } = backend;
          if (hostMemory === undefined) return;
          this.hostMemory = {
            read: (allocation, offset, byteLength) => {
              const staged = this.#staging.get(allocation) ?? new Map<string, Uint8Array>();
              this.#staging.set(allocation, staged);
              const key = `${offset} ${byteLength}`;
              const bytes = staged.get(key) ?? hostMemory.read(allocation, offset, byteLength);
              staged.set(key, bytes);
              return bytes.slice();
            },
          };
        }
      })(),
  ),
};
