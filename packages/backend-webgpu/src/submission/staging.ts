/**
 * Staging memory. A buffer that the host can map can only be copied to or from, so reads go through one;
 * uploads that stand behind other commands go through one too, because a queue's own writes come before
 * the whole command buffer. Idle ones are kept for the next submission, up to a bound.
 */

import { USAGE } from '../memory.js';

/** Bytes of idle staging memory that a pool keeps. */
const MOST_IDLE = 64 * 2 ** 20;
const LEAST = 4096;

export class StagingPool {
  readonly #idle: GPUBuffer[] = [];
  #idleBytes = 0;

  private constructor(
    private readonly device: GPUDevice,
    private readonly usage: number,
  ) {}

  /** Memory that the host can read. */
  static forReads(device: GPUDevice): StagingPool {
    return new StagingPool(device, USAGE.mapRead | USAGE.copyDestination);
  }

  /** Memory that the queue writes and commands copy from. */
  static forUploads(device: GPUDevice): StagingPool {
    return new StagingPool(device, USAGE.copySource | USAGE.copyDestination);
  }

  /** A buffer of at least `byteLength` bytes, and less than four times as many. */
  take(byteLength: number): GPUBuffer {
    const rounded = Math.max(LEAST, 2 ** Math.ceil(Math.log2(byteLength)));
    const size = rounded <= this.device.limits.maxBufferSize ? rounded : byteLength;
    const fitting = this.#idle.findIndex((buffer) => buffer.size === size || buffer.size === 2 * size);
    if (fitting < 0) return this.device.createBuffer({ size, usage: this.usage });
    const [buffer] = this.#idle.splice(fitting, 1);
    this.#idleBytes -= buffer.size;
    return buffer;
  }

  /** Takes an unmapped buffer back; the queue may still use it. */
  give(buffer: GPUBuffer): void {
    this.#idle.push(buffer);
    this.#idleBytes += buffer.size;
    while (this.#idleBytes > MOST_IDLE) {
      const oldest = this.#idle.shift();
      if (oldest === undefined) return;
      this.#idleBytes -= oldest.size;
      oldest.destroy();
    }
  }

  destroy(): void {
    for (const buffer of this.#idle.splice(0)) buffer.destroy();
    this.#idleBytes = 0;
  }
}
