/**
 * Poison: memory whose producer failed. The first cause is kept by byte range; whoever reads such bytes,
 * a command or the host, gets that cause instead of memory that was never written.
 */

import type { WickError } from '../errors.js';
import { RangeMap } from '../memory/ranges.js';
import type { Storage } from '../memory/storage.js';
import { READ, type Use, WRITE } from '../recording/commands.js';
import type { BoundStorage, Task } from './task.js';

export class Poison {
  readonly #storages = new Set<Storage>();

  /** The cause behind any byte of a range of `storage`. */
  find(storage: Storage, start: number, end: number): WickError | undefined {
    return storage.poison?.find(start, end)?.value;
  }

  /** Marks everything that positions [first, end) of the task's order write. Earlier causes stay. */
  spread(task: Task, first: number, end: number, cause: WickError): void {
    for (let position = first; position < end; position++) {
      for (const use of usesAt(task, position)) {
        const bound = boundOf(task, use);
        if (!(use.access & WRITE) || bound === undefined || bound.storage.retired) continue;
        const { storage } = bound;
        const start = bound.offset + use.offset;
        storage.poison ??= new RangeMap();
        storage.poison.addMissing(start, start + use.byteLength, cause);
        this.#storages.add(storage);
      }
    }
  }

  /**
   * The cause behind the first poisoned bytes that a task reads before it writes them itself; undefined
   * where it may run.
   */
  ofInputs(task: Task): WickError | undefined {
    if (this.#storages.size === 0) return undefined;
    const left = new Map<Storage, RangeMap<WickError>>();
    for (let position = 0; position < task.plan.order.length; position++) {
      for (const use of usesAt(task, position)) {
        const bound = boundOf(task, use);
        if (bound?.storage.poison === undefined) continue;
        const ranges = left.get(bound.storage) ?? bound.storage.poison.clone();
        left.set(bound.storage, ranges);
        const start = bound.offset + use.offset;
        const found = use.access & READ ? ranges.find(start, start + use.byteLength) : undefined;
        if (found !== undefined) return found.value;
        if (use.access & WRITE) ranges.remove(start, start + use.byteLength);
      }
    }
    return undefined;
  }

  /** A submitted command overwrites a range: what was wrong with it is gone. */
  clear(storage: Storage, start: number, end: number): void {
    if (storage.poison === undefined) return;
    storage.poison.remove(start, end);
    if (storage.poison.isEmpty) this.#forget(storage);
  }

  /** Nobody will read a storage any more. */
  retire(storage: Storage): void {
    storage.retired = true;
    this.#forget(storage);
  }

  #forget(storage: Storage): void {
    storage.poison = undefined;
    this.#storages.delete(storage);
  }
}

function usesAt(task: Task, position: number): readonly Use[] {
  return task.plan.recording.commands[task.plan.order[position]].uses;
}

function boundOf(task: Task, use: Use): BoundStorage | undefined {
  return task.bound[task.plan.memoryOf[use.resource]];
}
