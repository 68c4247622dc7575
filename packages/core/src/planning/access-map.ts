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
    const joined = this.#segments[first];
    joined.start = start;
    joined.end = end;
    const segments = this.#segments;
    for (; i < segments.length; i++) segments[++first] = segments[i];
    segments.length = first + 1;
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
      this.#insert(i, { start: at, end: upTo, writer: -1, reader: -1, others: NO_READERS });
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
    const { start, writer, reader, others } = this.#segments[i];
    this.#segments[i].start = position;
    const copied = others.length === 0 ? NO_READERS : others.slice();
    this.#insert(i, { start, end: position, writer, reader, others: copied });
  }

  #insert(i: number, segment: Segment): void {
    const segments = this.#segments;
    if (segments.length === 0) {
      this.#segments = [segment];
      return;
    }
    // In place of a splice, which makes an array of what it takes out.
    segments.push(segment);
    for (let k = segments.length - 1; k > i; k--) segments[k] = segments[k - 1];
    segments[i] = segment;
  }
}

/** Bytes with one history: their last writer, or -1, and who has read them since. */
interface Segment {
  start: number;
  end: number;
  writer: number;
  /** The first reader, or -1; most segments have one. */
  reader: number;
  /** The readers after it, oldest first. */
  others: number[];
}

/** Shared by all that have none; never written to. */
const NO_SEGMENTS: Segment[] = [];
const NO_READERS: number[] = [];

function readSegment(segment: Segment, id: number, visit: (id: number) => void, settled: number): void {
  const { writer, reader, others } = segment;
  if (writer >= 0 && writer !== id) visit(writer);
  if (reader < 0) {
    segment.reader = id;
    return;
  }
  if ((others.length === 0 ? reader : others[others.length - 1]) === id) return;
  if (others.length === 0) {
    // A literal is exact where a push would make room for sixteen more; few segments have three readers.
    segment.others = [id];
    return;
  }
  if (settled >= 0 && others.length >= 8) dropSettled(segment, settled);
  if (segment.reader < 0) segment.reader = id;
  else if (segment.others === NO_READERS) segment.others = [id];
  else segment.others.push(id);
}

/** Forgets readers that are not above `settled`. */
function dropSettled(segment: Segment, settled: number): void {
  const left = segment.others.filter((reader) => reader > settled);
  if (segment.reader <= settled) segment.reader = left.shift() ?? -1;
  segment.others = left.length === 0 ? NO_READERS : left;
}

function writeSegment(segment: Segment, id: number, visit: (id: number) => void): void {
  const { writer, reader, others } = segment;
  let visited = false;
  if (reader >= 0 && reader !== id) {
    visit(reader);
    visited = true;
  }
  for (let r = 0; r < others.length; r++) {
    if (others[r] !== id) {
      visit(others[r]);
      visited = true;
    }
  }
  if (!visited && writer >= 0 && writer !== id) visit(writer);
  segment.writer = id;
  segment.reader = -1;
  segment.others = NO_READERS;
}
