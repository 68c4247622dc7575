/** Sets of byte ranges [start, end): which bytes are still unwritten, which are poisoned and why. */

export interface Range<T> {
  readonly start: number;
  readonly end: number;
  readonly value: T;
}

/** Disjoint ranges, each with a value; a later `add` wins where ranges overlap. */
export class RangeMap<T> {
  #ranges: Range<T>[];

  constructor(ranges: readonly Range<T>[] = []) {
    this.#ranges = [...ranges];
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  add(start: number, end: number, value: T): void {
    if (start >= end) return;
    this.remove(start, end);
    this.#ranges.push({ start, end, value });
  }

  remove(start: number, end: number): void {
    if (!this.#ranges.some((range) => range.start < end && start < range.end)) return;
    this.#ranges = this.#ranges.flatMap((range) => {
      if (range.start >= end || range.end <= start) return [range];
      const left = range.start < start ? [{ ...range, end: start }] : [];
      const right = range.end > end ? [{ ...range, start: end }] : [];
      return [...left, ...right];
    });
  }

  /** The first range added that shares a byte with [start, end). */
  find(start: number, end: number): Range<T> | undefined {
    return this.#ranges.find((range) => range.start < end && start < range.end);
  }

  clone(): RangeMap<T> {
    return new RangeMap(this.#ranges);
  }
}
