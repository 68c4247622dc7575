/**
 * Packing of lifetimes into one arena: offsets such that two that are alive together share no byte. Both
 * ways take the lifetimes by ascending `first`, and their sizes.
 */

import { endOf, type Lifetimes } from './liveness.js';

/**
 * Greedy packing looks, for each temporary, at those that it meets in time: few in a network, all of them
 * in the worst case. It is given up when the average passes this.
 */
const MOST_MEETINGS = 256;

export interface Packing {
  readonly offsets: Float64Array;
  readonly bytes: number;
}

/** A hole between what is alive. */
interface Hole {
  offset: number;
  size: number;
}

/** Sweep over time with a best-fit free list: linear in the number of temporaries but for the list. */
export function packSweep(lives: Lifetimes, sizes: Float64Array): Packing {
  const { count, first, last } = lives;
  const offsets = new Float64Array(count);
  const byEnd = inOrderOfEnd(lives);
  const free: Hole[] = [];
  let bytes = 0;
  let ended = 0;
  for (let i = 0; i < count; i++) {
    while (ended < count && last[byEnd[ended]] < first[i]) {
      release(free, offsets[byEnd[ended]], sizes[byEnd[ended]]);
      ended++;
    }
    const size = sizes[i];
    let best = -1;
    for (let f = 0; f < free.length; f++) {
      if (free[f].size >= size && (best < 0 || free[f].size < free[best].size)) best = f;
    }
    if (best >= 0) {
      const hole = free[best];
      offsets[i] = hole.offset;
      hole.offset += size;
      hole.size -= size;
      if (hole.size === 0) removeAt(free, best);
      continue;
    }
    // Grow: a hole that reaches the end of the arena is extended rather than left behind.
    const tail = free[free.length - 1];
    if (tail !== undefined && tail.offset + tail.size === bytes) {
      offsets[i] = tail.offset;
      bytes = tail.offset + size;
      free.pop();
    } else {
      offsets[i] = bytes;
      bytes += size;
    }
  }
  return { offsets, bytes };
}

/** Indices of lifetimes by ascending end, by counting. */
function inOrderOfEnd(lives: Lifetimes): Int32Array {
  const { count, last } = lives;
  const end = endOf(lives);
  const firstAt = new Int32Array(end + 1);
  for (let i = 0; i < count; i++) firstAt[last[i] + 1]++;
  for (let moment = 1; moment <= end; moment++) firstAt[moment] += firstAt[moment - 1];
  const sorted = new Int32Array(count);
  for (let i = 0; i < count; i++) sorted[firstAt[last[i]]++] = i;
  return sorted;
}

/** Puts a range back into the free list, which stays sorted by offset and merged. */
function release(free: Hole[], offset: number, size: number): void {
  let at = 0;
  while (at < free.length && free[at].offset < offset) at++;
  const before = at > 0 ? free[at - 1] : undefined;
  const after = at < free.length ? free[at] : undefined;
  const joinsBefore = before !== undefined && before.offset + before.size === offset;
  const joinsAfter = after !== undefined && offset + size === after.offset;
  if (joinsBefore) {
    before.size += size;
    if (!joinsAfter) return;
    before.size += after.size;
    removeAt(free, at);
  } else if (joinsAfter) {
    after.offset = offset;
    after.size += size;
  } else {
    free.push({ offset, size });
    for (let i = free.length - 1; i > at; i--) [free[i], free[i - 1]] = [free[i - 1], free[i]];
  }
}

/** As `splice`, which makes an array of what it takes out. The list is short. */
function removeAt(free: Hole[], at: number): void {
  for (let i = at + 1; i < free.length; i++) free[i - 1] = free[i];
  free.pop();
}

/**
 * Largest first, each into the smallest gap that fits between those it meets in time (Pisarchyk and Lee
 * 2020, "Efficient memory management for deep neural net inference"). Undefined where that takes too long.
 */
export function packBySize(lives: Lifetimes, sizes: Float64Array): Packing | undefined {
  const offsets = new Float64Array(lives.count);
  const placed = new Meetings(lives);
  const met = new Int32Array(lives.count);
  let bytes = 0;
  for (const i of inOrderOfSize(sizes)) {
    const count = placed.findWith(i, met);
    if (count < 0) return undefined;
    sortByOffset(met, count, offsets);
    let bestOffset = -1;
    let bestGap = Number.POSITIVE_INFINITY;
    let cursor = 0;
    for (let m = 0; m < count; m++) {
      const other = met[m];
      const gap = offsets[other] - cursor;
      if (gap >= sizes[i] && gap < bestGap) {
        bestGap = gap;
        bestOffset = cursor;
      }
      cursor = Math.max(cursor, offsets[other] + sizes[other]);
    }
    offsets[i] = bestOffset >= 0 ? bestOffset : cursor;
    bytes = Math.max(bytes, offsets[i] + sizes[i]);
    placed.add(i);
  }
  return { offsets, bytes };
}

/** Sorts the first `count`; by insertion where they are few, as they mostly are. */
function sortByOffset(indices: Int32Array, count: number, offsets: Float64Array): void {
  if (count > 256) {
    indices.subarray(0, count).sort((a, b) => offsets[a] - offsets[b]);
    return;
  }
  for (let i = 1; i < count; i++) {
    const moved = indices[i];
    let at = i;
    for (; at > 0 && offsets[indices[at - 1]] > offsets[moved]; at--) indices[at] = indices[at - 1];
    indices[at] = moved;
  }
}

/** Indices by descending size, by counting: a network has few different sizes. */
function inOrderOfSize(sizes: Float64Array): Int32Array {
  const numbers = new Map<number, number>();
  for (let i = 0; i < sizes.length; i++) numbers.set(sizes[i], (numbers.get(sizes[i]) ?? 0) + 1);
  let begin = 0;
  for (const size of [...numbers.keys()].sort((a, b) => b - a)) {
    const number = numbers.get(size) ?? 0;
    numbers.set(size, begin);
    begin += number;
  }
  const sorted = new Int32Array(sizes.length);
  for (let i = 0; i < sizes.length; i++) {
    const at = numbers.get(sizes[i]) ?? 0;
    sorted[at] = i;
    numbers.set(sizes[i], at + 1);
  }
  return sorted;
}

/** Lifetimes filed by short spans of time, so that those which meet one are found without looking at all. */
class Meetings {
  /** For each span of time a list of what was added in it, latest first. */
  readonly #firstIn: Int32Array;
  readonly #next: number[] = [];
  readonly #added: number[] = [];
  readonly #moments: number;
  readonly #seenBy: Int32Array;
  #left: number;

  constructor(private readonly lives: Lifetimes) {
    const { count } = lives;
    const end = endOf(lives);
    this.#moments = Math.max(1, Math.ceil((8 * end) / count));
    this.#firstIn = new Int32Array(Math.ceil(end / this.#moments)).fill(-1);
    this.#seenBy = new Int32Array(count).fill(-1);
    this.#left = MOST_MEETINGS * count;
  }

  add(i: number): void {
    const end = this.#spanOf(this.lives.last[i]);
    for (let span = this.#spanOf(this.lives.first[i]); span <= end; span++) {
      this.#next.push(this.#firstIn[span]);
      this.#firstIn[span] = this.#added.length;
      this.#added.push(i);
    }
  }

  /**
   * Writes those added so far that are alive together with `i` to the beginning of `met` and returns their
   * number, or -1 when they are too many in all.
   */
  findWith(i: number, met: Int32Array): number {
    const { first, last } = this.lives;
    const [from, to] = [first[i], last[i]];
    const end = this.#spanOf(to);
    let count = 0;
    for (let span = this.#spanOf(from); span <= end; span++) {
      for (let entry = this.#firstIn[span]; entry >= 0; entry = this.#next[entry]) {
        if (--this.#left < 0) return -1;
        const other = this.#added[entry];
        if (this.#seenBy[other] === i) continue;
        this.#seenBy[other] = i;
        if (first[other] <= to && last[other] >= from) met[count++] = other;
      }
    }
    return count;
  }

  #spanOf(moment: number): number {
    return Math.floor(moment / this.#moments);
  }
}
