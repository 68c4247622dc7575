/**
 * The growing block of parameter structs of one recording. They stand as far apart as submissions want them,
 * so that dispatches which keep their order take their part of it as it is.
 */

const INITIAL_BYTES = 4096;

export class ParamBlock {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** @param alignment of structs, in bytes; a multiple of 4 */
  constructor(private readonly alignment: number) {}

  get length(): number {
    return this.#length;
  }

  get view(): DataView {
    return this.#view;
  }

  /** Makes room for a zeroed struct and returns its offset. */
  reserve(byteLength: number): number {
    const offset = this.#length;
    const end = offset + Math.ceil(byteLength / this.alignment) * this.alignment;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = end;
    return offset;
  }

  /** Appends a struct as it is and returns its offset. */
  append(bytes: Uint8Array): number {
    const offset = this.reserve(bytes.length);
    this.#bytes.set(bytes, offset);
    return offset;
  }

  /** Drops everything from `length` on. */
  truncate(length: number): void {
    this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  /** The block so far; not changed by later reservations. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
