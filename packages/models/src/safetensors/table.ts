/**
 * What has to be known of all tensors at once before the first is believed, in 24 bytes each: a header
 * made of a million tiny entries is refused before objects for them exist.
 */

/** The shortest entry that JSON allows: `"":{"dtype":"U8","shape":[],"data_offsets":[0,0]},` */
const MIN_ENTRY_BYTES = 50;

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

export class EntryTable {
  readonly #at: Uint32Array;
  readonly #hash: Uint32Array;
  readonly #begin: Float64Array;
  readonly #end: Float64Array;
  #count = 0;

  /** Room for as many entries as fit into a header of `headerBytes`. */
  constructor(headerBytes: number) {
    const capacity = Math.ceil(headerBytes / MIN_ENTRY_BYTES) + 1;
    this.#at = new Uint32Array(capacity);
    this.#hash = new Uint32Array(capacity);
    this.#begin = new Float64Array(capacity);
    this.#end = new Float64Array(capacity);
  }

  /** `at` is where in the header the name stands; `begin` and `end` are the tensor's offsets. */
  add(at: number, name: string, begin: number, end: number): void {
    this.#at[this.#count] = at;
    this.#hash[this.#count] = hash(name);
    this.#begin[this.#count] = begin;
    this.#end[this.#count] = end;
    this.#count++;
  }

  /** Positions of the names, in the order in which they were added. */
  positions(): Uint32Array {
    return this.#at.subarray(0, this.#count);
  }

  /** The position of a name that came before, if there is one. `nameAt` reads the name at a position. */
  duplicate(nameAt: (at: number) => string): number | undefined {
    const compare = (a: number, b: number): number => {
      if (this.#hash[a] !== this.#hash[b]) return this.#hash[a] - this.#hash[b];
      const left = nameAt(this.#at[a]);
      const right = nameAt(this.#at[b]);
      return left < right ? -1 : left > right ? 1 : 0;
    };
    const order = this.#order(compare);
    for (let i = 1; i < order.length; i++) {
      if (compare(order[i - 1], order[i]) === 0) return Math.max(this.#at[order[i - 1]], this.#at[order[i]]);
    }
    return undefined;
  }

  /**
   * The first place where the tensors do not follow one another without a gap from 0 to `length`: the
   * position of the name after it (undefined at the end), where it should begin and where it does.
   */
  gap(length: number): { at: number | undefined; expected: number; found: number } | undefined {
    const order = this.#order((a, b) => this.#begin[a] - this.#begin[b] || this.#end[a] - this.#end[b]);
    let expected = 0;
    for (const index of order) {
      const found = this.#begin[index];
      if (found !== expected) return { at: this.#at[index], expected, found };
      expected = this.#end[index];
    }
    return expected === length ? undefined : { at: undefined, expected, found: length };
  }

  #order(compare: (a: number, b: number) => number): Uint32Array {
    const order = new Uint32Array(this.#count);
    let sorted = true;
    for (let i = 0; i < order.length; i++) {
      order[i] = i;
      sorted &&= i === 0 || compare(i - 1, i) <= 0;
    }
    // Writers put tensors in the order of their offsets, and sorting needs memory of its own.
    return sorted ? order : order.sort(compare);
  }
}
