/**
 * Who touched which bytes last: the byte-range tracker behind every ordering decision of Wick. Ids are
 * whatever the caller counts in (commands while planning, serials between submissions); they ascend.
 *
 * The map is a sorted run of disjoint segments. Ranges that only touch do not overlap, so neighbours never
 * conflict. Most memory is used as one range always: that case is kept short, and a map small.
 */
export class AccessMap {
  #segments: Segment[] = NO_SEGMENTS;

  /** Number of segments; for tests and for bounding memory. */
  get segments(): number {
    return this.#segments.length;
  }

  /**
   * Notes that `id` reads [start, end) and calls `visit` with each writer that it must come after.
   * Readers that are not above `settled` are dropped on the way.
   */
  read(start: number, end: number, id: number, visit: (id: number) => void, settled = -1): void {
    const only = this.#only(start, end);
    if (only !== undefined) {
      readSegment(only, id, visit, settled);
      return;
    }
    let i = this.#find(start);
    let at = start;
    while (at < end) {
      i = this.#cover(i, at, end);
      const segment = this.#segments[i];
      readSegment(segment, id, visit, settled);
      at = segment.end;
      i++;
    }
  }

  /**
   * Notes that `id` writes [start, end) and calls `visit` with everything that it must come after: the
   * readers since the last write, or that write where nobody has read it.
   */
  write(start: number, end: number, id: number, visit: (id: number) => void): void {
    if (start >= end) return;
    const only = this.#only(start, end);
    if (only !== undefined) {
      writeSegment(only, id, visit);
      return;
    }
    let first = -1;
    let i = this.#find(start);
    let at = start;
    while (at < end) {
      i = this.#cover(i, at, end);
      if (first < 0) first = i;
      const segment = this.#segments[i];
      writeSegment(segment, id, visit);
      at = segment.end;
      i++;
    }
    if (i - first === 1) return;
    this.#segments.splice(first, i - first, { start, end, writer: id, readers: NO_READERS });
  }

  /** The highest id that wrote a byte of [start, end), or -1. */
  lastWriter(start: number, end: number): number {
    let last = -1;
    if (start >= end) return last;
    for (let i = this.#find(start); i < this.#segments.length && this.#segments[i].start < end; i++) {
      if (this.#segments[i].writer > last) last = this.#segments[i].writer;
    }
    return last;
  }

  /** The segment that is exactly [start, end), where it is the only one. */
  #only(start: number, end: number): Segment | undefined {
    if (this.#segments.length !== 1) return undefined;
    const segment = this.#segments[0];
    return segment.start === start && segment.end === end ? segment : undefined;
  }

  /** Index of the first segment that ends after `position`. */
  #find(position: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#segments[middle].end <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes a segment that begins at `at` and ends at `end` or before; returns its index (`i` or `i + 1`). */
  #cover(i: number, at: number, end: number): number {
    const segment = this.#segments[i];
    if (segment === undefined || segment.start > at) {
      const upTo = segment === undefined ? end : Math.min(end, segment.start);
      this.#insert(i, { start: at, end: upTo, writer: -1, readers: NO_READERS });
      return i;
    }
    let index = i;
    if (segment.start < at) {
      this.#split(index, at);
      index++;
    }
    if (this.#segments[index].end > end) this.#split(index, end);
    return index;
  }

  #split(i: number, position: number): void {
    const { start, writer, readers } = this.#segments[i];
    this.#segments[i].start = position;
    this.#insert(i, { start, end: position, writer, readers: readers.slice() });
  }

  #insert(i: number, segment: Segment): void {
    if (this.#segments.length === 0) this.#segments = [segment];
    else this.#segments.splice(i, 0, segment);
  }
}

/** Bytes with one history: their last writer, or -1, and who has read them since. */
interface Segment {
  start: number;
  end: number;
  writer: number;
  readers: number[];
}

/** Shared by all that have none; never written to. */
const NO_SEGMENTS: Segment[] = [];
const NO_READERS: number[] = [];

function readSegment(segment: Segment, id: number, visit: (id: number) => void, settled: number): void {
  const { writer, readers } = segment;
  if (writer >= 0 && writer !== id) visit(writer);
  if (readers.length === 0) {
    segment.readers = [id];
    return;
  }
  if (readers[readers.length - 1] === id) return;
  if (readers.length === 1) {
    // A literal is exact where a push would make room for sixteen more; few segments have three readers.
    segment.readers = [readers[0], id];
    return;
  }
  if (settled >= 0 && readers.length >= 8) {
    segment.readers = readers.filter((reader) => reader > settled);
    segment.readers.push(id);
  } else {
    readers.push(id);
  }
}

function writeSegment(segment: Segment, id: number, visit: (id: number) => void): void {
  const { writer, readers } = segment;
  let visited = false;
  for (let r = 0; r < readers.length; r++) {
    if (readers[r] !== id) {
      visit(readers[r]);
      visited = true;
    }
  }
  if (!visited && writer >= 0 && writer !== id) visit(writer);
  segment.writer = id;
  segment.readers = NO_READERS;
}
