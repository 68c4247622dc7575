/** The words of packed steps. `native/program.h` reads them; a test holds the two together. */

export const VERSION = 1;

export const OP = {
  begin: 1,
  end: 2,
  dispatch: 3,
  barrier: 4,
  copy: 5,
  upload: 6,
  download: 7,
} as const;

/** Stands for the memory of a binding that is left out. */
export const NO_MEMORY = 0xffffffff;

/** An array of 32-bit words that grows. */
export class Words {
  #words = new Uint32Array(256);
  #length = 0;

  add(...words: readonly number[]): void {
    if (this.#length + words.length > this.#words.length) {
      const larger = new Uint32Array(2 * (this.#length + words.length));
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set(words, this.#length);
    this.#length += words.length;
  }

  /** Two words, low first. */
  addWide(value: number): void {
    this.add(value % 2 ** 32, Math.floor(value / 2 ** 32));
  }

  finish(): Uint32Array {
    return this.#words.slice(0, this.#length);
  }
}
