/** Puts a device on top of a backend under test, with the harness in between. */

import { type BackendFactory, type Device, openDevice } from '@wick/core';
import { demanding } from '../harness/demanding.js';
import { faulty } from '../harness/faulty.js';
import { shuffled } from '../harness/shuffled.js';
import { emptyReport, type StrictReport, strict } from '../harness/strict/strict.js';
import { ContractViolation } from '../harness/strict/violation.js';
import { emptyLog, logging, type SubmissionLog } from '../harness/submission-log.js';
import { assert } from './assert.js';
import type { Stack } from './case.js';

/** Something broken on purpose, to see that the suite notices. */
export interface Saboteur {
  readonly name: string;
  /** Stands between the core and everything else, as if the core were broken. */
  readonly wrap?: (factory: BackendFactory) => BackendFactory;
  /** Breaks an opened device. */
  readonly tamper?: (device: Device) => void;
}

export interface StackOptions {
  readonly saboteur?: Saboteur | undefined;
  /** Whether the strict checker is there; without it only results count. */
  readonly strict: boolean;
}

/** A device and what is needed to see that it ends as it began. */
export class StackedDevice {
  #lost = false;

  constructor(
    readonly device: Device,
    readonly log: SubmissionLog,
    private readonly report: StrictReport,
  ) {
    void device.lost.then(() => {
      this.#lost = true;
    });
  }

  /** Fails on anything that the strict checker found since the last call. */
  checkTraffic(): void {
    const found = this.report.violations.splice(0);
    if (found.length > 0) throw new ContractViolation(found);
  }

  async checkAll(): Promise<void> {
    this.checkTraffic();
    await this.checkCounters();
    this.checkTraffic();
  }

  /** That counters are back to the start: no live buffer, no memory in use, after all work has ended. */
  async checkCounters(): Promise<void> {
    const { device } = this;
    const { buffers, memory } = device.stats();
    const labels = [...buffers.byLabel.keys()].join(', ');
    assert(buffers.live === 0 && buffers.bytes === 0, `${buffers.live} buffers were not freed: ${labels}`);
    if (this.#lost) return;
    await device.idle();
    const { work } = device.stats();
    assert(work.inFlight === 0, `${work.inFlight} submissions are in flight`);
    device.trim();
    const { allocatedBytes, pooledBytes, allocations, frees } = device.stats().memory;
    assert(pooledBytes === 0, `${pooledBytes} bytes are left in the pool`);
    // One block of 16 bytes stays for good: what is bound where a binding has no bytes.
    const spare = allocatedBytes > 0 ? 1 : 0;
    assert(
      allocatedBytes <= 16 && allocations - frees === spare,
      `${allocatedBytes} bytes in ${allocations - frees} allocations are left (${memory.allocatedBytes} before the trim)`,
    );
    assert(
      this.report.allocatedBytes === allocatedBytes || this.report.allocations === 0,
      `the backend holds ${this.report.allocatedBytes} bytes, the device counts ${allocatedBytes}`,
    );
  }
}

/** Opens a device over: saboteur, strict checker, log, faults, adversary, demands, backend. */
export async function openStack(
  factory: BackendFactory,
  { device: deviceOptions, demands, adversary, faults, strict: strictOptions }: Stack,
  { saboteur, strict: isStrict }: StackOptions,
): Promise<StackedDevice> {
  const report = emptyReport();
  const log = emptyLog();
  let stacked = demands === undefined ? factory : demanding(demands)(factory);
  if (adversary !== undefined) stacked = shuffled(stacked, { seed: adversary });
  if (faults !== undefined) stacked = faulty(faults)(stacked);
  stacked = logging(log)(stacked);
  if (isStrict) stacked = strict(report, strictOptions)(stacked);
  if (saboteur?.wrap !== undefined) stacked = saboteur.wrap(stacked);
  const device = await openDevice(stacked, deviceOptions);
  saboteur?.tamper?.(device);
  return new StackedDevice(device, log, report);
}
