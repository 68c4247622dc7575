/** Sets of byte ranges [start, end): which bytes are still unwritten, which are poisoned and why. */

export interface Range<T> {
  readonly start: number;
  readonly end: number;
  readonly value: T;
}

const NO_RANGES: readonly Range<never>[] = [];

/** Disjoint ranges, each with a value. */
export class RangeMap<T> {
  /** Never written to, so that copies share it. */
  #ranges: readonly Range<T>[];

  constructor(ranges: readonly Range<T>[] = NO_RANGES) {
    this.#ranges = ranges;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Gives a range a value, whatever its bytes had before. */
  add(start: number, end: number, value: T): void {
    if (start >= end) return;
    this.remove(start, end);
    this.#ranges = [...this.#ranges, { start, end, value }];
  }

  /** As `add`, but values that are there already stay. */
  addMissing(start: number, end: number, value: T): void {
    const there = this.#ranges.filter((range) => range.start < end && start < range.end);
    this.add(start, end, value);
    for (const range of there) this.add(Math.max(start, range.start), Math.min(end, range.end), range.value);
  }

  remove(start: number, end: number): void {
    if (start >= end) return;
    if (this.#ranges.length === 1 && start <= this.#ranges[0].start && this.#ranges[0].end <= end) {
      this.#ranges = NO_RANGES;
      return;
    }
    if (!this.#ranges.some((range) => range.start < end && start < range.end)) return;
    this.#ranges = this.#ranges.flatMap((range) => {
      if (range.start >= end || range.end <= start) return [range];
      const left = range.start < start ? [{ ...range, end: start }] : [];
      const right = range.end > end ? [{ ...range, start: end }] : [];
      return [...left, ...right];
    });
  }

  /** A range that shares a byte with [start, end). */
  find(start: number, end: number): Range<T> | undefined {
    if (start >= end) return undefined;
    return this.#ranges.find((range) => range.start < end && start < range.end);
  }

  clone(): RangeMap<T> {
    return new RangeMap(this.#ranges);
  }
}
