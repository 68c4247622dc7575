/**
 * Who touched which bytes last: the byte-range tracker behind every ordering decision of Wick. Ids are
 * whatever the caller counts in (commands while planning, serials between submissions); they ascend.
 *
 * The map is a sorted run of disjoint segments, each with its last writer and its readers since. Ranges
 * that only touch do not overlap, so neighbours never conflict.
 */
export class AccessMap {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #writers: number[] = [];
  readonly #readers: number[][] = [];

  /** Number of segments; for tests and for bounding memory. */
  get segments(): number {
    return this.#starts.length;
  }

  /**
   * Notes that `id` reads [start, end) and calls `visit` with each writer that it must come after.
   * Readers that are not above `settled` are dropped on the way.
   */
  read(start: number, end: number, id: number, visit: (id: number) => void, settled = -1): void {
    if (this.#starts.length === 1 && this.#starts[0] === start && this.#ends[0] === end) {
      this.#readSegment(0, id, visit, settled);
      return;
    }
    let i = this.#find(start);
    let at = start;
    while (at < end) {
      i = this.#cover(i, at, end);
      this.#readSegment(i, id, visit, settled);
      at = this.#ends[i];
      i++;
    }
  }

  /**
   * Notes that `id` writes [start, end) and calls `visit` with everything that it must come after: the
   * readers since the last write, or that write where nobody has read it.
   */
  write(start: number, end: number, id: number, visit: (id: number) => void): void {
    if (this.#starts.length === 1 && this.#starts[0] === start && this.#ends[0] === end) {
      this.#visitForWrite(0, id, visit);
      this.#writers[0] = id;
      if (this.#readers[0].length > 0) this.#readers[0] = [];
      return;
    }
    const first = this.#cover(this.#find(start), start, end);
    let i = first;
    let at = start;
    while (at < end) {
      i = this.#cover(i, at, end);
      this.#visitForWrite(i, id, visit);
      at = this.#ends[i];
      i++;
    }
    this.#starts.splice(first, i - first, start);
    this.#ends.splice(first, i - first, end);
    this.#writers.splice(first, i - first, id);
    this.#readers.splice(first, i - first, []);
  }

  /** The highest id that wrote a byte of [start, end), or -1. */
  lastWriter(start: number, end: number): number {
    let last = -1;
    for (let i = this.#find(start); i < this.#starts.length && this.#starts[i] < end; i++) {
      if (this.#writers[i] > last) last = this.#writers[i];
    }
    return last;
  }

  /** Index of the first segment that ends after `position`. */
  #find(position: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle] <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes a segment that begins at `at` and ends at `end` or before; returns its index (`i` or `i + 1`). */
  #cover(i: number, at: number, end: number): number {
    if (i >= this.#starts.length || this.#starts[i] >= end) {
      this.#insert(i, at, end, -1, []);
      return i;
    }
    if (this.#starts[i] > at) {
      this.#insert(i, at, this.#starts[i], -1, []);
      return i;
    }
    let index = i;
    if (this.#starts[index] < at) {
      this.#split(index, at);
      index++;
    }
    if (this.#ends[index] > end) this.#split(index, end);
    return index;
  }

  #split(i: number, position: number): void {
    this.#insert(i, this.#starts[i], position, this.#writers[i], this.#readers[i].slice());
    this.#starts[i + 1] = position;
  }

  #insert(i: number, start: number, end: number, writer: number, readers: number[]): void {
    this.#starts.splice(i, 0, start);
    this.#ends.splice(i, 0, end);
    this.#writers.splice(i, 0, writer);
    this.#readers.splice(i, 0, readers);
  }

  #readSegment(i: number, id: number, visit: (id: number) => void, settled: number): void {
    const writer = this.#writers[i];
    if (writer >= 0 && writer !== id) visit(writer);
    let readers = this.#readers[i];
    if (settled >= 0 && readers.length >= 8) {
      readers = readers.filter((reader) => reader > settled);
      this.#readers[i] = readers;
    }
    if (readers[readers.length - 1] !== id) readers.push(id);
  }

  #visitForWrite(i: number, id: number, visit: (id: number) => void): void {
    const readers = this.#readers[i];
    let visited = false;
    for (let r = 0; r < readers.length; r++) {
      if (readers[r] !== id) {
        visit(readers[r]);
        visited = true;
      }
    }
    const writer = this.#writers[i];
    if (!visited && writer >= 0 && writer !== id) visit(writer);
  }
}
