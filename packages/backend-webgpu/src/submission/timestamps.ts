/** How long passes take, as the GPU itself counts it. */

import type { PassTime } from '@wick/core';
import { USAGE } from '../memory.js';

/** Most timestamps that one query set may have. */
const MOST_QUERIES = 4096;
const BYTES = 8;
/** The constant `GPUMapMode.READ`, which not every host has as a global. */
const READ = 0x1;

/** The timers of one submission's compute passes; passes beyond the most that fit have none. */
export class PassTimers {
  readonly #labels: string[] = [];

  constructor(
    private readonly most: number,
    private readonly queries: GPUQuerySet,
    private readonly resolved: GPUBuffer,
    private readonly mapped: GPUBuffer,
  ) {}

  /** What the next pass has to be begun with. */
  next(label: string): GPUComputePassTimestampWrites | undefined {
    const pass = this.#labels.length;
    if (pass >= this.most) return undefined;
    this.#labels.push(label);
    return {
      querySet: this.queries,
      beginningOfPassWriteIndex: 2 * pass,
      endOfPassWriteIndex: 2 * pass + 1,
    };
  }

  /** Copies what the passes wrote to where the host can read it; the last commands of the encoder. */
  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.#labels.length;
    if (count === 0) return;
    encoder.resolveQuerySet(this.queries, 0, count, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.mapped, 0, count * BYTES);
  }

  /** The times in milliseconds of the GPU's own clock. Rejects where the submission or the device failed. */
  async read(): Promise<PassTime[]> {
    const count = 2 * this.#labels.length;
    if (count === 0) return [];
    await this.mapped.mapAsync(READ, 0, count * BYTES);
    const nanoseconds = new BigUint64Array(this.mapped.getMappedRange(0, count * BYTES).slice(0));
    const at = (i: number) => Number(nanoseconds[i] / 1000n) / 1000;
    return this.#labels.map((label, i) => ({ label, start: at(2 * i), end: at(2 * i + 1) }));
  }

  destroy(): void {
    this.queries.destroy();
    this.resolved.destroy();
    this.mapped.destroy();
  }
}

export class Timestamps {
  /** Milliseconds from the GPU's clock to `performance.now()`, as far as it is known. */
  #offset = Number.POSITIVE_INFINITY;

  constructor(private readonly device: GPUDevice) {}

  /** Timers for `passes` compute passes. They are made anew each time: whoever traces can pay for it. */
  timers(passes: number): PassTimers {
    const most = Math.min(passes, MOST_QUERIES / 2);
    const count = 2 * Math.max(most, 1);
    const size = count * BYTES;
    return new PassTimers(
      most,
      this.device.createQuerySet({ type: 'timestamp', count }),
      this.device.createBuffer({ size, usage: USAGE.queryResolve | USAGE.copySource }),
      this.device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyDestination }),
    );
  }

  /**
   * Times on the clock of the host. The two clocks are never compared directly: no pass ends after its
   * completion was seen, so the submission that was seen soonest tells how far they are apart.
   */
  toHostClock(passes: readonly PassTime[]): PassTime[] {
    const last = passes.at(-1);
    if (last === undefined) return [];
    this.#offset = Math.min(this.#offset, performance.now() - last.end);
    return passes.map(({ label, start, end }) => ({
      label,
      start: start + this.#offset,
      end: end + this.#offset,
    }));
  }
}
