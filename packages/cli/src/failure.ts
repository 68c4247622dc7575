/** Failures as a person sees them: one line, and an exit code. */

import { inspect } from 'node:util';
import type { ErrorCode, WickError } from '@wick/core';
import { type Io, OutputClosed } from './io.js';

/** What the process ends with. An interrupt has its own: 130, or 143 for SIGTERM. */
export const EXIT = { ok: 0, internal: 1, usage: 2 } as const;

/** Codes of what the user asked for and can put right; all others are failures of the work itself. */
const USER_CODES: readonly ErrorCode[] = [
  'BACKEND_UNAVAILABLE',
  'BAD_CONFIG',
  'BAD_FILE',
  'BAD_MODEL',
  'INVALID_ARGUMENT',
];

/** Arguments that make no sense. It stands beside WickError so that `--help` need not load the core. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'INVALID_ARGUMENT';
}

/** By its name, not its class: another copy of the core may have thrown it. */
export function isWickError(thrown: unknown): thrown is WickError {
  return thrown instanceof Error && thrown.name === 'WickError' && 'code' in thrown;
}

export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof OutputClosed) return EXIT.ok;
  if (thrown instanceof UsageError) return EXIT.usage;
  return isWickError(thrown) && USER_CODES.includes(thrown.code) ? EXIT.usage : EXIT.internal;
}

/** A message as the middle of a line, whatever it holds. */
export function inOneLine(message: string): string {
  return message
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .replace(/(?<!\.)\.$/, '');
}

/** `wick: what failed [CODE]`, in one line. */
export function failureLine(thrown: unknown): string {
  const known = isWickError(thrown) || thrown instanceof UsageError;
  const sentence = inOneLine(thrown instanceof Error ? thrown.message : String(thrown));
  return known
    ? `wick: ${sentence} [${thrown.code}]`
    : `wick: internal error: ${sentence} (--debug shows where)`;
}

/** Says what failed on standard error, with the stack if asked for, and returns the exit code. */
export async function reportFailure(thrown: unknown, io: Io, debug: boolean): Promise<number> {
  if (!(thrown instanceof OutputClosed)) {
    await io.stderr.write(`${failureLine(thrown)}\n${debug ? `${inspect(thrown)}\n` : ''}`);
  }
  return exitCodeOf(thrown);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
};

/** Why the file system refused, in words. */
export function reasonOf(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
