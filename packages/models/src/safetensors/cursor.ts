/**
 * Reads JSON from bytes, token by token, for files of a fixed form. Unlike `JSON.parse` it knows at which
 * byte it stands, sees keys that come twice, and builds nothing that its caller does not ask for, so a
 * hostile file costs no more memory than its own bytes.
 */
import { WickError } from '@wick/core';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const NINE = 0x39;

/** `skipValue` refuses JSON that is nested deeper than this. */
const MAX_DEPTH = 64;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

export class JsonCursor {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  readonly #label: string;
  /** Index of the next byte. May be set back to one where a value began. */
  position = 0;

  /** `base` is the offset of `bytes` in the file called `label`; errors name offsets in the file. */
  constructor(bytes: Uint8Array, base: number, label: string) {
    this.#bytes = bytes;
    this.#base = base;
    this.#label = label;
  }

  /** BAD_FILE at a position. `field` is the path of the value inside the file. */
  error(what: string, field: string, at = this.position): WickError {
    const where = `at byte ${this.#base + at}`;
    return new WickError('BAD_FILE', `${this.#label}: ${field} ${what} (${where}).`, { label: this.#label });
  }

  /** The next byte that is no white space, without taking it; -1 at the end. */
  peek(): number {
    while (this.position < this.#bytes.length && isSpace(this.#bytes[this.position])) this.position++;
    return this.position < this.#bytes.length ? this.#bytes[this.position] : -1;
  }

  /** Takes `char`, or fails. */
  expect(char: string, field: string): void {
    if (!this.accept(char)) throw this.error(`is not JSON: expected ${JSON.stringify(char)}`, field);
  }

  /** Takes `char` if it comes next. */
  accept(char: string): boolean {
    if (this.peek() !== char.charCodeAt(0)) return false;
    this.position++;
    return true;
  }

  /** Fails unless only white space is left. */
  end(field: string): void {
    if (this.peek() !== -1) throw this.error('is followed by something else', field);
  }

  /**
   * Walks over the members of an object: takes the key and the colon, then calls `member`, which has to
   * take the value. `keyBytes` bounds the length of a key as it is written.
   */
  object(field: string, keyBytes: number, member: (key: string, at: number) => void): void {
    this.expect('{', field);
    if (this.accept('}')) return;
    do {
      this.peek();
      const at = this.position;
      const key = this.string(`a key of ${field}`, keyBytes);
      this.expect(':', field);
      member(key, at);
    } while (this.accept(','));
    this.expect('}', field);
  }

  /** Walks over the elements of an array; `element` has to take each. */
  array(field: string, element: (index: number) => void): void {
    this.expect('[', field);
    if (this.accept(']')) return;
    let index = 0;
    do element(index++);
    while (this.accept(','));
    this.expect(']', field);
  }

  /** A string; `maxBytes` bounds its length as written, quotes not counted. */
  string(field: string, maxBytes = Number.POSITIVE_INFINITY): string {
    this.peek();
    const from = this.position;
    const escaped = this.skipString(field);
    const to = this.position;
    if (to - from - 2 > maxBytes) throw this.error(`is longer than ${maxBytes} bytes`, field, from);
    let text: string;
    try {
      text = decoder.decode(this.#bytes.subarray(from + 1, to - 1));
    } catch {
      throw this.error('is not UTF-8', field, from);
    }
    // Escapes were checked on the way; JSON.parse knows what they mean.
    return escaped ? String(JSON.parse(`"${text}"`)) : text;
  }

  /** Passes a string, checks its form, and says whether it has escapes. Its UTF-8 is not looked at. */
  skipString(field: string): boolean {
    this.expect('"', field);
    let escaped = false;
    for (;;) {
      const byte = this.#take(field);
      if (byte === QUOTE) return escaped;
      if (byte < 0x20) throw this.error('has a control character', field, this.position - 1);
      if (byte === BACKSLASH) {
        escaped = true;
        const kind = String.fromCharCode(this.#take(field));
        const digits = kind === 'u' ? 4 : 0;
        let good = '"\\/bfnrtu'.includes(kind);
        for (let i = 0; i < digits; i++) good &&= /[0-9a-fA-F]/.test(String.fromCharCode(this.#take(field)));
        if (!good) throw this.error('has an escape that JSON does not know', field, this.position - 1);
      }
    }
  }

  /** A whole number from 0 to 2^53 - 1, written with digits alone. */
  wholeNumber(field: string): number {
    this.peek();
    const from = this.position;
    let value = 0;
    while (this.position < this.#bytes.length && isDigit(this.#bytes[this.position])) {
      value = value * 10 + (this.#bytes[this.position] - ZERO);
      this.position++;
      if (value > Number.MAX_SAFE_INTEGER) throw this.error('is above 2^53 - 1', field, from);
    }
    const digits = this.position - from;
    const leadingZero = digits > 1 && this.#bytes[from] === ZERO;
    const next = this.position < this.#bytes.length ? String.fromCharCode(this.#bytes[this.position]) : '';
    if (digits === 0 || leadingZero || /[.eE\w]/.test(next)) {
      throw this.error('is not a whole number of at least 0', field, from);
    }
    return value;
  }

  /** Passes any value. */
  skipValue(field: string, depth = 0): void {
    if (depth > MAX_DEPTH) throw this.error(`is nested deeper than ${MAX_DEPTH}`, field);
    switch (this.peek()) {
      case QUOTE:
        this.skipString(field);
        return;
      case 0x7b:
        this.object(field, Number.POSITIVE_INFINITY, () => this.skipValue(field, depth + 1));
        return;
      case 0x5b:
        this.array(field, () => this.skipValue(field, depth + 1));
        return;
      default:
        this.#skipWord(field);
    }
  }

  /** Passes a number, true, false or null. */
  #skipWord(field: string): void {
    const from = this.position;
    let word = '';
    // No number that means something is longer; a longer one is refused before it is gathered.
    while (this.position < this.#bytes.length && word.length <= 400) {
      const char = String.fromCharCode(this.#bytes[this.position]);
      if (!/[-+.0-9a-zA-Z]/.test(char)) break;
      word += char;
      this.position++;
    }
    if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/.test(word)) {
      throw this.error('is not JSON', field, from);
    }
  }

  /** The next byte, taken. */
  #take(field: string): number {
    if (this.position >= this.#bytes.length) throw this.error('ends in the middle of a string', field);
    return this.#bytes[this.position++];
  }
}
