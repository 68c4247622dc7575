/** Reads the little-endian primitives of GGUF from the first bytes of a file. */
import { WickError } from '@wick/core';

/** Thrown when the bytes at hand end before the file does: the header goes on further than was read. */
export class NeedMoreBytes extends Error {
  /** How many bytes from the start of the file are needed to go on. */
  readonly byteLength: number;

  constructor(byteLength: number) {
    super('more bytes are needed');
    this.byteLength = byteLength;
  }
}

/** Longer texts than this (a chat template has some kilobytes) are taken for a wrong length. */
const MAX_STRING_BYTES = 16 * 1024 * 1024;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

export class GgufCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileBytes: number;
  readonly #label: string;
  #position = 0;

  /** `bytes` are the first ones of a file called `label` that has `fileBytes`. */
  constructor(bytes: Uint8Array, fileBytes: number, label: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileBytes = fileBytes;
    this.#label = label;
  }

  /** Offset of the next byte in the file. */
  get position(): number {
    return this.#position;
  }

  /** BAD_FILE at a position; `field` is the path of the value inside the file. */
  error(what: string, field: string, at = this.#position): WickError {
    return new WickError('BAD_FILE', `${this.#label}: ${field} ${what} (at byte ${at}).`, {
      label: this.#label,
    });
  }

  /** Fails if fewer than `length` bytes of the file are left: nothing is allocated for a claim above that. */
  require(length: number, field: string): void {
    if (length > this.#fileBytes - this.#position) {
      throw this.error(`needs ${length} bytes, beyond the end of the file at ${this.#fileBytes}`, field);
    }
  }

  uint8(field: string): number {
    return this.#view.getUint8(this.#take(1, field));
  }

  int8(field: string): number {
    return this.#view.getInt8(this.#take(1, field));
  }

  uint16(field: string): number {
    return this.#view.getUint16(this.#take(2, field), true);
  }

  int16(field: string): number {
    return this.#view.getInt16(this.#take(2, field), true);
  }

  uint32(field: string): number {
    return this.#view.getUint32(this.#take(4, field), true);
  }

  int32(field: string): number {
    return this.#view.getInt32(this.#take(4, field), true);
  }

  uint64(field: string): bigint {
    return this.#view.getBigUint64(this.#take(8, field), true);
  }

  int64(field: string): bigint {
    return this.#view.getBigInt64(this.#take(8, field), true);
  }

  float32(field: string): number {
    return this.#view.getFloat32(this.#take(4, field), true);
  }

  float64(field: string): number {
    return this.#view.getFloat64(this.#take(8, field), true);
  }

  bool(field: string): boolean {
    const byte = this.uint8(field);
    if (byte > 1) throw this.error(`is ${byte}, neither 0 nor 1`, field, this.#position - 1);
    return byte === 1;
  }

  /**
   * An unsigned 64-bit length or count of at most `most`. A negative number that was written as an
   * unsigned one is above any bound.
   */
  count(field: string, most: number): number {
    const value = this.uint64(field);
    if (value > BigInt(most)) throw this.error(`is ${value}, above ${most}`, field, this.#position - 8);
    return Number(value);
  }

  /** Text that stands for itself. Bytes that are no UTF-8 become U+FFFD, as in any text that is shown. */
  text(field: string): string {
    const bytes = this.#stringBytes(field, MAX_STRING_BYTES);
    return ascii(bytes) ?? lenient.decode(bytes);
  }

  /** Text that names something: has to be UTF-8 and at most `maxBytes` long. */
  name(field: string, maxBytes: number): string {
    const at = this.#position;
    const bytes = this.#stringBytes(field, maxBytes);
    try {
      return strict.decode(bytes);
    } catch {
      throw this.error('is not UTF-8', field, at);
    }
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number, field: string): Uint8Array<ArrayBuffer> {
    const at = this.#take(length, field);
    return this.#bytes.slice(at, at + length);
  }

  #stringBytes(field: string, maxBytes: number): Uint8Array {
    const length = this.count(`length of ${field}`, maxBytes);
    const at = this.#take(length, field);
    return this.#bytes.subarray(at, at + length);
  }

  #take(length: number, field: string): number {
    this.require(length, field);
    const at = this.#position;
    if (at + length > this.#bytes.length) throw new NeedMoreBytes(at + length);
    this.#position = at + length;
    return at;
  }
}

/** Short ASCII text, or undefined. Vocabularies have hundreds of thousands, which a decoder takes long for. */
function ascii(bytes: Uint8Array): string | undefined {
  if (bytes.length > 64) return undefined;
  let text = '';
  for (const byte of bytes) {
    if (byte > 127) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}
