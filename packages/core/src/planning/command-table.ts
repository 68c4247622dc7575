/**
 * A recording as columns of numbers. Commands are objects spread over the heap, and every stage of planning
 * asks for what they touch; one walk writes that down, and no later stage visits a command again.
 */

import type { BackendCapabilities } from '../backend.js';
import type { Command } from '../recording/commands.js';

/** Positions in {@link KINDS}, as `CommandTable.kind` has them. */
const KINDS = ['dispatch', 'copy', 'fill', 'upload', 'download'] as const;

const KIND_CODE: Readonly<Record<Command['kind'], number>> = {
  dispatch: 0,
  copy: 1,
  fill: 2,
  upload: 3,
  download: 4,
};

export interface CommandTable {
  /** Number of commands. */
  readonly count: number;
  /** The uses of command i are [firstUse[i], firstUse[i + 1]). */
  readonly firstUse: Int32Array;
  /** Columns by use: the resource, its bytes [start, end), and READ, WRITE or READ_WRITE. */
  readonly resource: Int32Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly access: Uint8Array;
  /** Columns by command: what kind it is, the bytes it touches, and its estimated work. */
  readonly kind: Uint8Array;
  readonly bytes: Float64Array;
  readonly work: Float64Array;
}

/** Writes down what `commands` are and touch, in program order. */
export function tabulate(commands: readonly Command[]): CommandTable {
  const count = commands.length;
  let useCount = 0;
  for (let i = 0; i < count; i++) useCount += commands[i].uses.length;
  const firstUse = new Int32Array(count + 1);
  const resource = new Int32Array(useCount);
  const start = new Float64Array(useCount);
  const end = new Float64Array(useCount);
  const access = new Uint8Array(useCount);
  const kind = new Uint8Array(count);
  const bytes = new Float64Array(count);
  const work = new Float64Array(count);
  let next = 0;
  for (let i = 0; i < count; i++) {
    const command = commands[i];
    const { uses } = command;
    firstUse[i] = next;
    let touched = 0;
    for (let u = 0; u < uses.length; u++) {
      const use = uses[u];
      resource[next] = use.resource;
      start[next] = use.offset;
      end[next] = use.offset + use.byteLength;
      access[next] = use.access;
      touched += use.byteLength;
      next++;
    }
    kind[i] = KIND_CODE[command.kind];
    bytes[i] = touched;
    work[i] = workOf(command, touched);
  }
  firstUse[count] = next;
  return { count, firstUse, resource, start, end, access, kind, bytes, work };
}

export function countDispatches({ count, kind }: CommandTable): number {
  let dispatches = 0;
  for (let i = 0; i < count; i++) if (kind[i] === KIND_CODE.dispatch) dispatches++;
  return dispatches;
}

/** For each kind of command whether it cannot stand in a compute pass of this backend. */
export function separateKinds({ transfersInComputePass }: BackendCapabilities): Uint8Array {
  return Uint8Array.from(KINDS, (kind) =>
    kind === 'dispatch' || transfersInComputePass.includes(kind) ? 0 : 1,
  );
}

/** Bytes that a command reads and writes. */
export function bytesTouched({ uses }: Command): number {
  let bytes = 0;
  for (let u = 0; u < uses.length; u++) bytes += uses[u].byteLength;
  return bytes;
}

/** Estimated multiply-adds of a command that touches so many bytes, or elements where there are none. */
export function workOf(command: Command, bytes: number): number {
  return command.kind === 'dispatch' ? command.work : bytes / 4;
}
