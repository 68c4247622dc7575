/**
 * The pool: backend allocations in size classes, recycled in stream order. A block that a task has given
 * back may be taken by any later task at once, because submissions begin in order and the hazard tracker
 * knows the block; the backend gets it back only after the last submission that used it has completed.
 */

import type { Allocation, Backend, MaybePromise, MemoryEntry } from '../backend.js';
import { toWickError, WickError } from '../errors.js';
import { AccessMap } from '../planning/access-map.js';

/** One backend allocation and what the stream did to it. */
export class Block {
  /** Who touched which bytes last; ids are submission serials. */
  readonly access = new AccessMap();
  /** Serial of the last submission that uses it. */
  lastSerial = 0;
  /** Its line in a submission's memory table, offset 0. */
  readonly entry: MemoryEntry;

  constructor(
    readonly allocation: Allocation,
    readonly byteLength: number,
  ) {
    this.entry = { allocation, offset: 0 };
  }
}

/** Allocations are multiples of this many bytes. */
export const GRANULARITY = 16;

/**
 * The size class of a request: the next multiple of 16 up to 128 bytes, above that eight classes to each
 * power of two, so that less than an eighth is wasted (or less than 16 bytes).
 */
export function sizeClass(byteLength: number, maxBytes = Number.POSITIVE_INFINITY): number {
  const rounded = Math.max(GRANULARITY, Math.ceil(byteLength / GRANULARITY) * GRANULARITY);
  if (rounded <= 128) return rounded;
  const step = 2 ** (Math.ceil(Math.log2(rounded)) - 4);
  const size = Math.ceil(rounded / step) * step;
  return size <= maxBytes ? size : rounded;
}

/** What a device holds from its backend, and how often it asked. */
export interface PoolFigures {
  /** Bytes held from the backend, in use or pooled. */
  allocatedBytes: number;
  pooledBytes: number;
  peakAllocatedBytes: number;
  /** Calls of the backend's allocate that succeeded, and of its free. */
  allocations: number;
  frees: number;
}

export class Pool {
  readonly #free = new Map<number, Block[]>();
  /** All pooled blocks, least recently used first. */
  readonly #byAge = new Set<Block>();
  readonly figures: PoolFigures = {
    allocatedBytes: 0,
    pooledBytes: 0,
    peakAllocatedBytes: 0,
    allocations: 0,
    frees: 0,
  };

  constructor(
    private readonly backend: Backend,
    /** Most bytes kept for reuse; 0 switches pooling off. */
    private readonly maxPooledBytes: number,
    private readonly inFlight: () => { readonly completedSerial: number; drained(): Promise<void> },
  ) {}

  /** Takes a block of at least `byteLength` bytes: a pooled one of its class, or a new one. */
  acquire(byteLength: number): MaybePromise<Block> {
    const size = sizeClass(byteLength, this.backend.limits.maxAllocationBytes);
    const pooled = this.#free.get(size);
    const block = pooled?.pop();
    if (block !== undefined) {
      this.#byAge.delete(block);
      this.figures.pooledBytes -= block.byteLength;
      return block;
    }
    let allocation: MaybePromise<Allocation>;
    try {
      allocation = this.backend.allocate(size);
    } catch {
      return this.#retry(size);
    }
    if (allocation instanceof Promise) {
      return allocation.then(
        (made) => this.#adopt(made, size),
        () => this.#retry(size),
      );
    }
    return this.#adopt(allocation, size);
  }

  /** Gives a block back; commands submitted later may use it at once. */
  release(block: Block): void {
    const size = block.byteLength;
    const pooled = this.#free.get(size);
    if (pooled === undefined) this.#free.set(size, [block]);
    else pooled.push(block);
    this.#byAge.add(block);
    this.figures.pooledBytes += size;
    this.trim(this.maxPooledBytes);
  }

  /** Frees idle pooled blocks, oldest first, until at most `maxPooledBytes` are kept. */
  trim(maxPooledBytes = this.maxPooledBytes): void {
    if (this.figures.pooledBytes <= maxPooledBytes) return;
    const completed = this.inFlight().completedSerial;
    for (const block of this.#byAge) {
      if (this.figures.pooledBytes <= maxPooledBytes) return;
      if (block.lastSerial > completed) continue;
      const list = this.#free.get(block.byteLength) ?? [];
      list.splice(list.indexOf(block), 1);
      this.#byAge.delete(block);
      this.figures.pooledBytes -= block.byteLength;
      this.destroy(block);
    }
  }

  /** Gives a block to the backend for good; the caller knows that it is idle. */
  destroy(block: Block): void {
    this.figures.allocatedBytes -= block.byteLength;
    this.figures.frees++;
    this.backend.free(block.allocation);
  }

  #adopt(allocation: Allocation, size: number): Block {
    this.figures.allocations++;
    this.figures.allocatedBytes += size;
    this.figures.peakAllocatedBytes = Math.max(this.figures.peakAllocatedBytes, this.figures.allocatedBytes);
    return new Block(allocation, size);
  }

  /** Second and last try, with the pool emptied and nothing in flight. */
  async #retry(size: number): Promise<Block> {
    await this.inFlight().drained();
    this.trim(0);
    try {
      return this.#adopt(await this.backend.allocate(size), size);
    } catch (thrown) {
      const cause = toWickError(thrown, 'OUT_OF_MEMORY', 'the backend could not allocate');
      if (cause.code !== 'OUT_OF_MEMORY') throw cause;
      const { allocatedBytes, pooledBytes } = this.figures;
      throw new WickError(
        'OUT_OF_MEMORY',
        `cannot allocate ${size} bytes: ${allocatedBytes - pooledBytes} live, ${pooledBytes} pooled, limit of one allocation ${this.backend.limits.maxAllocationBytes}; ${cause.message}`,
        { cause },
      );
    }
  }
}
