import type { Buffer } from '@wick/core';

/** Device memory that several tensors share; freed when the last of them lets go. */
export class SharedMemory {
  #users = 1;

  constructor(readonly buffer: Buffer) {}

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
