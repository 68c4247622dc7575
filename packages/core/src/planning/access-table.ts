/**
 * Who touched which bytes last, for many memories at once: what {@link AccessMap} says, for the planner, which
 * asks it for every use of every command. Most memory is used as one range always; such a line lives in
 * columns of numbers, and only a line that is used in parts gets a map of its own.
 */

import { READ, WRITE } from '../recording/commands.js';
import { AccessMap } from './access-map.js';

/** `#state` of a line: not used yet, used as one range, used in parts. */
const UNUSED = 0;
const WHOLE = 1;
const PARTS = 2;

export class AccessTable {
  /** What the last call of `use` found: its first elements, as many as the call returned. */
  readonly found: number[] = [];
  #count = 0;
  readonly #state: Uint8Array;
  readonly #start: Float64Array;
  readonly #end: Float64Array;
  /** The last writer, or -1. */
  readonly #writer: Int32Array;
  /** Those who have read since: a list in the columns below, oldest first; -1 where there is none. */
  readonly #firstReader: Int32Array;
  readonly #lastReader: Int32Array;
  readonly #reader: Int32Array;
  readonly #nextReader: Int32Array;
  #readers = 0;
  readonly #maps: (AccessMap | undefined)[];
  readonly #collect = (id: number) => {
    this.found[this.#count++] = id;
  };

  /** For `lines` memories, and at most `uses` calls of `use`. */
  constructor(lines: number, uses: number) {
    this.#state = new Uint8Array(lines);
    this.#start = new Float64Array(lines);
    this.#end = new Float64Array(lines);
    this.#writer = new Int32Array(lines);
    this.#firstReader = new Int32Array(lines);
    this.#lastReader = new Int32Array(lines);
    this.#reader = new Int32Array(uses);
    this.#nextReader = new Int32Array(uses);
    this.#maps = new Array(lines);
  }

  /**
   * Notes that `id` uses [start, end) of a line. Returns how many ids it must come after, which stand in
   * `found`, an id perhaps twice. Ids ascend.
   */
  use(line: number, start: number, end: number, access: number, id: number): number {
    this.#count = 0;
    if (start >= end) return 0;
    const state = this.#state[line];
    if (state === UNUSED) {
      this.#begin(line, start, end);
    } else if (state === PARTS || this.#start[line] !== start || this.#end[line] !== end) {
      this.#useParts(state === PARTS ? this.#maps[line] : this.#divide(line), start, end, access, id);
      return this.#count;
    }
    if (access & READ) this.#read(line, id);
    if (access & WRITE) this.#write(line, id);
    return this.#count;
  }

  #begin(line: number, start: number, end: number): void {
    this.#state[line] = WHOLE;
    this.#start[line] = start;
    this.#end[line] = end;
    this.#writer[line] = -1;
    this.#firstReader[line] = -1;
    this.#lastReader[line] = -1;
  }

  #read(line: number, id: number): void {
    const writer = this.#writer[line];
    if (writer >= 0 && writer !== id) this.found[this.#count++] = writer;
    const last = this.#lastReader[line];
    if (last >= 0 && this.#reader[last] === id) return;
    const added = this.#readers++;
    this.#reader[added] = id;
    this.#nextReader[added] = -1;
    if (last < 0) this.#firstReader[line] = added;
    else this.#nextReader[last] = added;
    this.#lastReader[line] = added;
  }

  #write(line: number, id: number): void {
    const before = this.#count;
    for (let reader = this.#firstReader[line]; reader >= 0; reader = this.#nextReader[reader]) {
      if (this.#reader[reader] !== id) this.found[this.#count++] = this.#reader[reader];
    }
    const writer = this.#writer[line];
    if (this.#count === before && writer >= 0 && writer !== id) this.found[this.#count++] = writer;
    this.#writer[line] = id;
    this.#firstReader[line] = -1;
    this.#lastReader[line] = -1;
  }

  /** A line that was used as one range is used in parts from now on. */
  #divide(line: number): AccessMap {
    const map = new AccessMap();
    const [start, end, writer] = [this.#start[line], this.#end[line], this.#writer[line]];
    if (writer >= 0) map.write(start, end, writer, ignore);
    for (let reader = this.#firstReader[line]; reader >= 0; reader = this.#nextReader[reader]) {
      map.read(start, end, this.#reader[reader], ignore);
    }
    this.#state[line] = PARTS;
    this.#maps[line] = map;
    return map;
  }

  #useParts(map: AccessMap | undefined, start: number, end: number, access: number, id: number): void {
    if (access & READ) map?.read(start, end, id, this.#collect);
    if (access & WRITE) map?.write(start, end, id, this.#collect);
  }
}

function ignore(): void {}
