/**
 * The memory behind buffers. A storage is virtual until the first task that writes it is carried out;
 * then it owns a block of the pool. A storage that lives and dies inside one recording never owns one:
 * the planner places it in an arena.
 */

import type { WickError } from '../errors.js';
import { AccessMap } from '../planning/access-map.js';
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

let nextId = 1;

export class Storage {
  readonly id = nextId++;
  /** The physical memory, once there is some. */
  block: Block | undefined;
  /** Freed by its owner; commands recorded before still run. */
  freed = false;
  /** The last task that uses it has been carried out, and nobody will read it any more. */
  retired = false;
  /** Bytes that no recorded command has written yet; undefined when there are none. */
  unwritten: RangeMap<true> | undefined;
  /** Bytes whose producer failed, with the first cause. */
  poison: RangeMap<WickError> | undefined;
  /** Which task wrote which bytes last; ids are task numbers. */
  readonly writers = new AccessMap();
  /** The last task that uses it at all, 0 for none. */
  lastTask = 0;
  /** Host reads that are under way; memory may be neither overwritten by later tasks nor recycled before they end. */
  readonly hostReads: HostRead[] = [];
  /** The recorder that has it in its resource table, and where. */
  recorder: object | undefined;
  resource = -1;
  /** Commands of that recorder that use it. */
  pendingUses = 0;

  constructor(
    readonly byteLength: number,
    readonly label: string,
    /** Set on the stand-ins that a compiled function is recorded with. */
    readonly placeholder: boolean = false,
  ) {
    if (!placeholder && byteLength > 0)
      this.unwritten = new RangeMap([{ start: 0, end: byteLength, value: true }]);
  }
}
