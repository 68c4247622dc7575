/** What the codes of Metal mean. */

import { type Completion, type ErrorCode, type Step, WickError } from '@wick/core';
import type { NativeFailure } from './native.js';

interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
}

/** `MTLCommandBufferError`. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: { code: 'SUBMISSION_FAILED', words: 'internal error' },
  2: { code: 'SUBMISSION_FAILED', words: 'it took too long and was stopped' },
  3: { code: 'SUBMISSION_FAILED', words: 'page fault' },
  4: { code: 'DEVICE_LOST', words: 'access to the GPU was revoked after repeated failures, for good' },
  7: { code: 'SUBMISSION_FAILED', words: 'the process may not use the GPU' },
  8: { code: 'OUT_OF_MEMORY', words: 'out of memory' },
  9: { code: 'SUBMISSION_FAILED', words: 'a resource is not valid' },
  11: { code: 'DEVICE_LOST', words: 'the GPU was removed' },
};

/** A failed command buffer, told by code and by the commands of the encoders that did not complete. */
export function failedCompletion(failure: NativeFailure, steps: readonly Step[]): Completion {
  const { code, message } = failure;
  const meaning = MEANINGS[code] ?? { code: 'SUBMISSION_FAILED', words: 'unknown error' };
  const commands = suspects(failure, steps);
  const where = commands.length === 0 ? '' : `, in ${list(commands.map(({ label }) => label))}`;
  const error = new WickError(meaning.code, `Metal error ${code}, ${meaning.words}${where}: ${message}`, {
    commands: commands.map(({ label }) => label),
  });
  // The last command that the faulted encoder is known to have met is the one that it was at.
  const step = commands.at(-1)?.step;
  return step === undefined ? { ok: false, error } : { ok: false, error, step };
}

/** Whether nothing can be submitted after this failure. */
export function isFatal({ code }: NativeFailure): boolean {
  return MEANINGS[code]?.code === 'DEVICE_LOST';
}

interface Suspect {
  readonly label: string;
  readonly step: number;
}

/**
 * Commands that may have caused the failure: those that the faulted encoders have met, or, where Metal does
 * not tell how far they came, all of theirs.
 */
function suspects({ encoders }: NativeFailure, steps: readonly Step[]): Suspect[] {
  return encoders
    .filter(({ state }) => state === 'faulted')
    .flatMap(({ label, signposts }) => {
      const inside = commandsOf(label, steps);
      const met = inside.filter((command) => signposts.includes(command.label));
      return met.length > 0 ? met : inside;
    });
}

function commandsOf(pass: string, steps: readonly Step[]): Suspect[] {
  const found: Suspect[] = [];
  let inside = false;
  steps.forEach((step, i) => {
    if (step.op === 'beginPass') inside = step.label === pass;
    else if (inside && 'command' in step) found.push({ label: step.label, step: i });
  });
  return found;
}

const MOST_LISTED = 5;

function list(labels: readonly string[]): string {
  const shown = labels.slice(0, MOST_LISTED).map((label) => `"${label}"`);
  const more = labels.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

export function lostError(message: string): WickError {
  return new WickError('DEVICE_LOST', message);
}

/** The source of a kernel does not compile, or does not fit its declaration; `log` has the lines. */
export function compileFailed(name: string, log: string, cause?: unknown): WickError {
  return new WickError('KERNEL_COMPILE_FAILED', `kernel "${name}" does not compile: ${log}`, {
    label: name,
    cause,
  });
}

/** Metal's log with places as people say them: `program_source:3:7: error: x` is `line 3:7: error: x`. */
export function withLines(log: string): string {
  return log.replace(/^[^\s:]*:(\d+):(\d+):/gm, 'line $1:$2:');
}
