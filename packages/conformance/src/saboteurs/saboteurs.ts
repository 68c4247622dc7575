/**
 * The stack broken on purpose, in one way each, to see that the suite notices: a check that no saboteur
 * has ever tripped proves nothing.
 */

import type { Backend, Completion, Pipeline, PipelineRequest, Step, Submission } from '@wick/core';
import { KernelUses, type ParsedPass, parsePasses } from '../harness/step-list.js';
import { accessesOf, type CommandAccesses, conflictsBetween } from '../harness/strict/accesses.js';
import { BackendWrapper, wrapOpened } from '../harness/wrapper.js';
import type { Saboteur } from '../suite/stack.js';

/** A wrapper that hands every submission over as `rewrite` leaves it. */
function rewriting(
  rewrite: (submission: Submission, uses: KernelUses) => Submission,
): NonNullable<Saboteur['wrap']> {
  return wrapOpened((backend) => new RewritingBackend(backend, rewrite));
}

class RewritingBackend extends BackendWrapper {
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

/** No barrier is ever encoded. */
export const droppedBarriers: Saboteur = {
  name: 'barriers dropped',
  wrap: rewriting((submission) => ({
    ...submission,
    steps: submission.steps.filter(({ op }) => op !== 'barrier'),
  })),
};

/** Barriers stand only where something that was written is touched again, not where it was read. */
export const noWriteAfterRead: Saboteur = {
  name: 'write-after-read not checked',
  wrap: rewriting((submission, uses) => {
    const needless = new Set(
      parsePasses(submission.steps).flatMap((pass) => readOnlyBarriers(pass, submission, uses)),
    );
    return { ...submission, steps: submission.steps.filter((step) => !needless.has(step)) };
  }),
};

/** The barriers of a pass across which no write meets another access. */
function readOnlyBarriers(pass: ParsedPass, submission: Submission, uses: KernelUses): Step[] {
  const commands = accessesOf(pass, submission, uses);
  return pass.epochs.flatMap(({ barrier }, epoch) => {
    const behindWrite = (earlier: CommandAccesses, later: CommandAccesses) =>
      conflictsBetween(earlier, later).some(({ start, end, allocation }) =>
        earlier.accesses.some(
          (access) =>
            access.writes && access.allocation === allocation && access.start < end && start < access.end,
        ),
      );
    const needed = commands.some(
      (earlier) =>
        earlier.epoch < epoch &&
        commands.some((later) => later.epoch >= epoch && behindWrite(earlier, later)),
    );
    return barrier === undefined || needed ? [] : [barrier];
  });
}

/** Fills run in a pass of their own ahead of everything else, as in a command buffer committed on the side. */
export const fillsAhead: Saboteur = {
  name: 'fills ahead of pending work',
  wrap: wrapOpened(
    (backend) =>
      new RewritingBackend(backend, (submission) => {
        const fills = submission.steps.filter(({ op }) => op === 'fill');
        if (fills.length === 0) return submission;
        const kind = backend.capabilities.transfersInComputePass.includes('fill') ? 'compute' : 'transfer';
        const begin: Step = { op: 'beginPass', kind, pass: 0, label: 'fills on the side', waits: [] };
        const rest = submission.steps
          .filter(({ op }) => op !== 'fill')
          .map((step) =>
            step.op === 'beginPass'
              ? { ...step, pass: step.pass + 1, waits: step.waits.map((wait) => wait + 1) }
              : step,
          );
        const waits = submission.waits.map(({ pass, serial }) => ({ pass: pass + 1, serial }));
        return { ...submission, steps: [begin, ...fills, { op: 'endPass' }, ...rest], waits };
      }),
  ),
};

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

/** Waits between passes and submissions are left out. */
export const droppedWaits: Saboteur = {
  name: 'waits dropped',
  wrap: rewriting((submission) => ({
    ...submission,
    waits: [],
    steps: submission.steps.map((step) => (step.op === 'beginPass' ? { ...step, waits: [] } : step)),
  })),
};

/** Every dispatch runs with the parameters of the one before it. */
export const stickyParams: Saboteur = {
  name: 'parameters of the previous dispatch',
  wrap: rewriting((submission) => {
    let previous: (Step & { op: 'dispatch' })['params'] | undefined;
    const steps = submission.steps.map((step) => {
      if (step.op !== 'dispatch') return step;
      const params = previous?.byteLength === step.params.byteLength ? previous : step.params;
      previous = step.params;
      return { ...step, params };
    });
    return { ...submission, steps };
  }),
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

/** All of them. */
export const SABOTEURS: readonly Saboteur[] = [
  droppedBarriers,
  noWriteAfterRead,
  fillsAhead,
  earlyRecycling,
  ignoredFailure,
  unboundedSubmissions,
  droppedWaits,
  stickyParams,
  earlyCompletion,
];
