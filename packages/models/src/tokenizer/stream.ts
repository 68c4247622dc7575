/** What UTF-8 decoders write for bytes that are not, or not yet, a character. */
const REPLACEMENT = '\uFFFD';

/**
 * Text from tokens that come one by one. Tokens need not end where characters do, so what may still become
 * part of a character is held back until it is certain.
 */
export class TokenStream {
  readonly #decode: (ids: readonly number[]) => string;
  readonly #skipped: ReadonlySet<number>;
  /** The tokens that what comes next may depend on. */
  #window: number[] = [];
  /** How much of the window's text was given out. */
  #shown = 0;

  /** `decode` must be such that more ids only add to the text, but for an unfinished last character. */
  constructor(decode: (ids: readonly number[]) => string, skipped: ReadonlySet<number>) {
    this.#decode = decode;
    this.#skipped = skipped;
  }

  /**
   * Takes the next token and returns the text that is certain now, which may be empty.
   *
   * @throws INVALID_ARGUMENT for an id that no token has.
   */
  push(id: number): string {
    if (this.#skipped.has(id)) return '';
    this.#window.push(id);
    const text = this.#decode(this.#window);
    const certain = certainLength(text);
    const fresh = text.slice(this.#shown, certain);
    if (certain < text.length) {
      this.#shown = Math.max(this.#shown, certain);
      return fresh;
    }
    // The last token stays as the context of the next: some tokenizers drop the space of a first token.
    this.#window = [id];
    this.#shown = this.#decode(this.#window).length;
    return fresh;
  }

  /** What was held back, as it is: an unfinished character is U+FFFD. The stream begins anew. */
  end(): string {
    const rest = this.#window.length === 0 ? '' : this.#decode(this.#window).slice(this.#shown);
    this.#window = [];
    this.#shown = 0;
    return rest;
  }
}

/**
 * How much of a text no further token can change. A decoder writes one U+FFFD for an unfinished sequence
 * at the end, so only the last one is in doubt, and half a surrogate pair likewise.
 */
function certainLength(text: string): number {
  const last = text.at(-1);
  const doubtful = last === REPLACEMENT || (last !== undefined && /[\uD800-\uDBFF]/.test(last));
  return doubtful ? text.length - 1 : text.length;
}
