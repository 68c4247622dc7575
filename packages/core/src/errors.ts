/**
 * The one error class of Wick. Programs test `code`, people read `message`; the text may change
 * between versions, the code may not.
 */

/** Every code that Wick can raise, with what it means. */
export const ERROR_CODES = {
  INVALID_ARGUMENT: 'A value is of the wrong kind, or not one that the call accepts.',
  INVALID_STATE: 'The call is right, but not now: the device is destroyed, or a run is being recorded.',
  INVALID_ALIGNMENT: 'An offset or a length is no multiple of what the backend needs.',
  OUT_OF_RANGE: 'A range leaves the buffer it belongs to.',
  LIMIT_EXCEEDED: 'A size is above a limit of the backend.',
  OUT_OF_MEMORY: 'An allocation failed, also after the pool was emptied.',
  BUFFER_FREED: 'A buffer, a view or a tensor was used after it was freed, or freed twice.',
  UNWRITTEN: 'Memory is read that no command has written.',
  KERNEL_COMPILE_FAILED: 'The source of a kernel does not compile, or does not fit its declaration.',
  KERNEL_UNSUPPORTED: 'The backend has no implementation of this kernel for these dtypes.',
  SUBMISSION_FAILED: 'Work failed on the device; what it would have written cannot be read.',
  DEVICE_LOST: 'The device was lost, removed or destroyed while work was pending.',
  REPLAY_STALE: 'A compiled plan was replayed with a buffer that does not fit its slot any more.',
  CAPTURE_FAILED: 'A capture could not be started or stopped; the computation goes on.',
  BACKEND_UNAVAILABLE: 'No backend could be opened; the message lists what was tried.',
  SHAPE_MISMATCH: 'Shapes or dtypes of tensors do not fit the operation.',
  BAD_FILE: 'A file is not what its format promises.',
  BAD_MODEL: 'The weights and the configuration of a model do not fit together.',
  BAD_CONFIG: 'A configuration file or option cannot be understood.',
  BAD_OUTPUT: 'A result is unusable, for example a picture of NaN.',
  CANCELLED: 'The caller cancelled the work.',
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error carries beside its sentence. */
export interface ErrorDetails {
  /** The label of the command, buffer or file that the error is about. */
  readonly label?: string | undefined;
  /** Labels of all commands involved, in submission order, where more than one is. */
  readonly commands?: readonly string[] | undefined;
  /** What caused it: another WickError, or whatever a platform threw. */
  readonly cause?: unknown;
}

/**
 * An error with a stable code. `message` is one sentence that says what failed, with the value that
 * was given and the limit that it broke.
 */
export class WickError extends Error {
  override readonly name = 'WickError';
  readonly code: ErrorCode;
  readonly label: string | undefined;
  readonly commands: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.label = details.label;
    this.commands = details.commands ?? [];
  }
}

/** Turns whatever was thrown into a WickError; a WickError passes unchanged. */
export function toWickError(thrown: unknown, code: ErrorCode, context: string): WickError {
  if (thrown instanceof WickError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new WickError(code, `${context}: ${reason}`, { cause: thrown });
}
