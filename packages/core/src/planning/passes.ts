/** Cuts an order into passes (one encoder each) and submissions (one command buffer each). */

import type { BackendLimits } from '../backend.js';
import type { CommandTable } from './command-table.js';

export type PassKind = 'compute' | 'transfer';

/** Commands inside one encoder. */
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

/**
 * One pass as long as the kind fits, one submission as long as its bounds hold; a command that alone
 * exceeds a bound gets a submission of its own. Transfers join whatever compute pass is open where the
 * backend allows it: `separate` says, for each kind of command, whether it needs a transfer pass.
 */
export function cutPasses(
  table: CommandTable,
  order: Int32Array,
  separate: Uint8Array,
  bounds: SubmissionBounds,
): Pass[] {
  const passes: Pass[] = [];
  let open: { kind: PassKind; submission: number; first: number } | undefined;
  let submission = 0;
  let count = 0;
  let bytes = 0;
  let work = 0;
  for (let position = 0; position < order.length; position++) {
    const command = order[position];
    const kind = separate[table.kind[command]] ? 'transfer' : 'compute';
    const commandBytes = table.bytes[command];
    const commandWork = table.work[command];
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
