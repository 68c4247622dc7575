/**
 * The memory behind buffers. A storage is virtual until the first task that writes it is carried out;
 * then it owns a block of the pool. A storage that lives and dies inside one recording never owns one:
 * the planner places it in an arena.
 */

import type { WickError } from '../errors.js';
import { AccessMap } from '../planning/access-map.js';
import type { Use } from '../recording/commands.js';
import type { Block } from './pool.js';
import { RangeMap } from './ranges.js';

/** A read by the host that has begun. */
export interface HostRead {
  /** The task that writes what it reads. */
  readonly producer: number;
  readonly start: number;
  readonly end: number;
  readonly ended: Promise<void>;
}

const NO_READS: readonly HostRead[] = [];

export class Storage {
  /** The physical memory, once there is some. */
  block: Block | undefined;
  /** Freed by its owner; commands recorded before still run. */
  freed = false;
  /** The last task that uses it has been carried out, and nobody will read it any more. */
  retired = false;
  /**
   * Bytes that no recorded command has written yet: all of them, some ranges, or undefined when there are
   * none. Its value is replaced, never changed, so that a recorder can go back to an earlier one.
   */
  unwritten: 'all' | RangeMap<true> | undefined;
  /** Bytes whose producer failed, with the first cause. */
  poison: RangeMap<WickError> | undefined;
  /** Which task wrote which bytes last; ids are task numbers. */
  writers: AccessMap | undefined;
  /** The last task that uses it at all, 0 for none. */
  lastTask = 0;
  /** Host reads that are under way; memory may be neither overwritten by later tasks nor recycled before they end. */
  hostReads: readonly HostRead[] = NO_READS;
  /** The recorder that has it in its resource table, and where. */
  recorder: object | undefined;
  resource = -1;
  /** The latest use of it that was recorded; the next one is mostly the same. */
  latestUse: Use | undefined;
  /** Commands of that recorder that use it. */
  pendingUses = 0;

  constructor(
    readonly byteLength: number,
    readonly label: string,
    /** Set on the stand-ins that a compiled function is recorded with. */
    readonly placeholder: boolean = false,
  ) {
    this.unwritten = placeholder || byteLength === 0 ? undefined : 'all';
  }

  /** A task that is queued writes [start, end). */
  noteWriter(start: number, end: number, task: number): void {
    this.writers ??= new AccessMap();
    this.writers.write(start, end, task, () => {});
  }

  /** A range that shares a byte with [start, end) and that no recorded command has written. */
  findUnwritten(start: number, end: number): { readonly start: number; readonly end: number } | undefined {
    if (this.unwritten === undefined || start >= end) return undefined;
    return this.unwritten === 'all' ? { start: 0, end: this.byteLength } : this.unwritten.find(start, end);
  }

  /** A recorded command writes [start, end). */
  markWritten(start: number, end: number): void {
    if (this.unwritten === undefined || start >= end) return;
    if (start === 0 && end === this.byteLength) {
      this.unwritten = undefined;
      return;
    }
    const all = { start: 0, end: this.byteLength, value: true } as const;
    const left = this.unwritten === 'all' ? new RangeMap([all]) : this.unwritten.clone();
    left.remove(start, end);
    this.unwritten = left.isEmpty ? undefined : left;
  }
}
