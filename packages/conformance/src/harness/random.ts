/** A seeded source of randomness: the same seed gives the same choices in every host. */

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to shuffle with. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A 32-bit word. */
  word(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** An integer from 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor((this.word() / 0x100000000) * count);
  }

  /** True once in `count` calls on average. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** Permutes in place, every order equally likely, and returns the array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }
}
