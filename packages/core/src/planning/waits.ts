/** Waits between passes that follow from other waits. */

/** The passes that a pass comes after, directly or not. */
interface Reach {
  /** All below this one, and others as bits: pass i is bit i % 32 of word floor(i / 32) - floor(full / 32). */
  readonly full: number;
  readonly words: Uint32Array;
}

/**
 * Leaves out waits that follow from others: a pass that is waited for has itself waited. `waits[p]` are
 * passes before p, ascending; so is the result. Most passes come after all before them, which costs a
 * number; what costs a bit a pass is several chains side by side.
 */
export function withoutImplied(waits: readonly (readonly number[])[]): number[][] {
  const behind: Reach[] = [];
  return waits.map((direct, pass) => {
    let full = 0;
    for (const earlier of direct) full = Math.max(full, behind[earlier].full);
    const base = full >> 5;
    const words = new Uint32Array((pass >> 5) - base + 1);
    const has = (other: number) => (words[(other >> 5) - base] & (1 << (other & 31))) !== 0;
    const kept: number[] = [];
    for (let i = direct.length - 1; i >= 0; i--) {
      const earlier = direct[i];
      // What reaches everything below `full` stands above it, and is in `direct` too.
      if (earlier < full || has(earlier)) continue;
      kept.push(earlier);
      words[(earlier >> 5) - base] |= 1 << (earlier & 31);
      const reach = behind[earlier];
      const shift = (reach.full >> 5) - base;
      for (let w = Math.max(0, -shift); w < reach.words.length; w++) words[w + shift] |= reach.words[w];
    }
    while (full < pass && has(full)) full++;
    behind.push({ full, words: words.slice((full >> 5) - base) });
    return kept.reverse();
  });
}
