/** The measured work through a device of Wick: recorded and planned each time, or compiled and replayed. */

import { type BackendFactory, type Buffer, type CompiledPlan, type Device, openDevice } from '@wick/core';
import { timeOn } from '../spans.js';
import { ACTIVATION_BYTES, createWeights, recordWork, type Weights } from './workload.js';

/** Milliseconds from the first call to the last completion, and where they went. */
export interface FreshTimes {
  readonly total: number;
  readonly record: number;
  readonly plan: number;
  /** The rest: encoding, memory, submission, completion. */
  readonly submit: number;
}

export class WickRunner {
  #compiled: CompiledPlan<{ out: Buffer }> | undefined;

  private constructor(
    private readonly device: Device,
    private readonly weights: Weights<Buffer>,
    private readonly x: Buffer,
    private readonly count: number,
  ) {}

  static async open(factory: BackendFactory, count: number): Promise<WickRunner> {
    const device = await openDevice(factory);
    const weights = createWeights<Buffer>(device, (buffer) => device.fill(buffer));
    const x = device.createBuffer({ byteLength: ACTIVATION_BYTES, label: 'x' });
    device.fill(x);
    await device.idle();
    return new WickRunner(device, weights, x, count);
  }

  async fresh(): Promise<FreshTimes> {
    const { device } = this;
    device.trace.start();
    const begun = performance.now();
    const out = device.run(() => recordWork<Buffer>(device, this.weights, this.x, this.count));
    await device.idle();
    const total = performance.now() - begun;
    device.trace.stop();
    out.free();
    const record = timeOn(device.trace, 'record');
    const plan = timeOn(device.trace, 'plan');
    return { total, record, plan, submit: total - record - plan };
  }

  async replay(): Promise<number> {
    const { device } = this;
    this.#compiled ??= device.compile({ x: ACTIVATION_BYTES }, ({ x }) => ({
      out: recordWork<Buffer>(device, this.weights, x, this.count),
    }));
    const begun = performance.now();
    const { out } = this.#compiled.run({ x: this.x });
    await device.idle();
    const total = performance.now() - begun;
    out.free();
    return total;
  }

  async close(): Promise<void> {
    this.#compiled?.free();
    await this.device.close();
  }
}
