import type { Buffer } from '@wick/core';

let made = 0;

/** Device memory that several tensors share; freed when the last of them lets go. */
export class SharedMemory {
  /** Ascending in the order of making. */
  readonly serial = ++made;
  #users = 1;

  constructor(readonly buffer: Buffer) {}

  /** The serial of the last one that was made. */
  static get lastSerial(): number {
    return made;
  }

  retain(): this {
    this.#users++;
    return this;
  }

  release(): void {
    this.#users--;
    // Silent when the memory is already gone with its device.
    if (this.#users === 0) this.buffer[Symbol.dispose]();
  }
}
