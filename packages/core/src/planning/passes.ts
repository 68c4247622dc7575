/** Cuts an order into passes (one encoder each) and submissions (one command buffer each). */

import type { BackendCapabilities, BackendLimits } from '../backend.js';
import type { Command } from '../recording/commands.js';

export type PassKind = 'compute' | 'transfer';

export interface Pass {
  readonly kind: PassKind;
  readonly submission: number;
  /** Positions [first, end) of the order. */
  readonly first: number;
  readonly end: number;
}

export type SubmissionBounds = Pick<
  BackendLimits,
  'maxCommandsPerSubmission' | 'maxBytesPerSubmission' | 'maxWorkPerSubmission'
>;

/** Whether a command cannot stand in a compute pass of this backend. */
export function needsTransferPass(command: Command, capabilities: BackendCapabilities): boolean {
  return command.kind !== 'dispatch' && !capabilities.transfersInComputePass.includes(command.kind);
}

/** Bytes that a command reads and writes. */
export function bytesTouched(command: Command): number {
  let bytes = 0;
  for (const use of command.uses) bytes += use.byteLength;
  return bytes;
}

/** Estimated multiply-adds of a command, or elements where there are none. */
export function workOf(command: Command): number {
  return command.kind === 'dispatch' ? command.work : bytesTouched(command) / 4;
}

/**
 * One pass as long as the kind fits, one submission as long as its bounds hold; a command that alone
 * exceeds a bound gets a submission of its own. Transfers join whatever compute pass is open where the
 * backend allows it.
 */
export function cutPasses(
  commands: readonly Command[],
  order: Int32Array,
  capabilities: BackendCapabilities,
  bounds: SubmissionBounds,
): Pass[] {
  const passes: Pass[] = [];
  let open: { kind: PassKind; submission: number; first: number } | undefined;
  let submission = 0;
  let count = 0;
  let bytes = 0;
  let work = 0;
  for (let position = 0; position < order.length; position++) {
    const command = commands[order[position]];
    const kind = needsTransferPass(command, capabilities) ? 'transfer' : 'compute';
    const commandBytes = bytesTouched(command);
    const commandWork = workOf(command);
    const full =
      count > 0 &&
      (count + 1 > bounds.maxCommandsPerSubmission ||
        bytes + commandBytes > bounds.maxBytesPerSubmission ||
        work + commandWork > bounds.maxWorkPerSubmission);
    if (open !== undefined && (full || open.kind !== kind)) {
      passes.push({ ...open, end: position });
      open = undefined;
    }
    if (full) {
      submission++;
      count = 0;
      bytes = 0;
      work = 0;
    }
    open ??= { kind, submission, first: position };
    count++;
    bytes += commandBytes;
    work += commandWork;
  }
  if (open !== undefined) passes.push({ ...open, end: order.length });
  return passes;
}
