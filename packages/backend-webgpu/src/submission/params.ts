/**
 * The parameter structs of submissions. One uniform buffer serves them all, one after the other: the
 * queue puts a submission's block there before its commands run and after those of the one before it.
 */

import { USAGE } from '../memory.js';

const FIRST_BYTES = 2 ** 16;

export class ParamsBuffer {
  /** Tells one buffer from the one that it grew out of. */
  id = 0;
  #buffer: GPUBuffer | undefined;

  constructor(private readonly device: GPUDevice) {}

  /** Makes room; what is bound to the smaller buffer is then of no use. */
  reserve(byteLength: number): void {
    if (this.#buffer !== undefined && byteLength <= this.#buffer.size) return;
    const size = Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(byteLength)));
    // Commands that were submitted still see the old one.
    this.#buffer?.destroy();
    this.#buffer = this.device.createBuffer({
      label: 'params',
      size,
      usage: USAGE.uniform | USAGE.copyDestination,
    });
    this.id++;
  }

  get buffer(): GPUBuffer {
    this.reserve(1);
    return this.#buffer as GPUBuffer;
  }

  destroy(): void {
    this.#buffer?.destroy();
    this.#buffer = undefined;
  }
}
