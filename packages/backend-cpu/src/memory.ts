/** Memory of the CPU backend: one ArrayBuffer an allocation. */

import { type Allocation, WickError } from '@wick/core';

/** One piece of memory; see `Backend.allocate`. */
export class CpuAllocation implements Allocation {
  readonly byteLength: number;
  #buffer: ArrayBuffer | undefined;

  constructor(buffer: ArrayBuffer) {
    this.byteLength = buffer.byteLength;
    this.#buffer = buffer;
  }

  /** The memory itself; throws `BUFFER_FREED` once it was given back. */
  get buffer(): ArrayBuffer {
    if (this.#buffer === undefined) throw new WickError('BUFFER_FREED', 'the allocation was freed');
    return this.#buffer;
  }

  /** The bytes of a range. */
  bytes(offset: number, byteLength: number): Uint8Array {
    return new Uint8Array(this.buffer, offset, byteLength);
  }

  /** Lets go of the memory, whoever still holds the allocation; false if that was done before. */
  release(): boolean {
    if (this.#buffer === undefined) return false;
    this.#buffer = undefined;
    return true;
  }
}

/** The allocation behind the contract's opaque handle; throws for that of another backend. */
export function cpuAllocation(allocation: Allocation): CpuAllocation {
  if (allocation instanceof CpuAllocation) return allocation;
  throw new WickError('INVALID_ARGUMENT', 'the allocation belongs to another backend');
}

/** Makes allocations and counts their bytes against a limit. */
export class CpuMemory {
  readonly #limit: number;
  readonly #scrub: boolean;
  #live = 0;

  /**
   * @param limit most bytes that may be live at a time
   * @param scrub whether fresh memory is filled with 0xff: NaN as floats, -1 as integers
   */
  constructor(limit: number, scrub: boolean) {
    this.#limit = limit;
    this.#scrub = scrub;
  }

  /** Throws `OUT_OF_MEMORY` beyond the limit, or where the host has no more. */
  allocate(byteLength: number): CpuAllocation {
    const outOfMemory = (why: string, cause?: unknown) =>
      new WickError('OUT_OF_MEMORY', `cannot allocate ${byteLength} bytes with ${this.#live} live: ${why}`, {
        cause,
      });
    if (this.#live + byteLength > this.#limit) throw outOfMemory(`the limit is ${this.#limit}`);
    let buffer: ArrayBuffer;
    try {
      buffer = new ArrayBuffer(byteLength);
    } catch (thrown) {
      throw outOfMemory('the host refused', thrown);
    }
    if (this.#scrub) new Uint8Array(buffer).fill(0xff);
    this.#live += byteLength;
    return new CpuAllocation(buffer);
  }

  free(allocation: Allocation): void {
    const own = cpuAllocation(allocation);
    if (own.release()) this.#live -= own.byteLength;
  }
}
