/** What a failed submission says. */

import type { Backend, Completion, Submission } from '../backend.js';
import { toWickError, WickError } from '../errors.js';
import type { SubmissionInFlight } from './in-flight.js';

/** Submits; whatever a backend throws or rejects becomes a failed completion. */
export function submitSafely(backend: Backend, submission: Submission): Promise<Completion> {
  const failed = (thrown: unknown): Completion => ({
    ok: false,
    error: toWickError(thrown, 'SUBMISSION_FAILED', `submission "${submission.label}"`),
  });
  try {
    return backend.submit(submission).catch(failed);
  } catch (thrown) {
    return Promise.resolve(failed(thrown));
  }
}

/** The first cause of a failed submission: the step that failed, and the labels of all its commands. */
export function failureOf(flight: SubmissionInFlight, result: Completion & { ok: false }): WickError {
  const step = result.step === undefined ? undefined : flight.part.steps[result.step];
  const label = step !== undefined && 'label' in step ? step.label : flight.part.label;
  const commands = flight.part.steps.flatMap((each) => ('command' in each ? [each.label] : []));
  return new WickError(
    result.error.code,
    `submission ${flight.serial} "${flight.part.label}" failed at "${label}": ${result.error.message}`,
    { label, commands, cause: result.error },
  );
}
