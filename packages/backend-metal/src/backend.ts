/** The shell of the backend: it keeps the promises of the core's contract around the native device. */

import {
  type Allocation,
  type Backend,
  type BackendCapabilities,
  type BackendInfo,
  type BackendLimits,
  type Capture,
  type Completion,
  type DeviceLoss,
  type HostMemory,
  type KernelConstants,
  type KernelContract,
  type ParamSpec,
  type ParamValues,
  type Pipeline,
  type PipelineRequest,
  type Step,
  type Submission,
  WickError,
} from '@wick/core';
import { failedCompletion, isFatal, lostError } from './errors.js';
import { capabilitiesOf, infoOf, limitsOf } from './facts.js';
import type { Grid } from './kernel.js';
import { metalKernels } from './kernels/index.js';
import { MetalAllocation, metalAllocation } from './memory.js';
import {
  COUNTERS,
  type Counter,
  type NativeDevice,
  type NativeDeviceClass,
  type NativeFailure,
  nativeError,
} from './native.js';
import { captureOf } from './node/capture.js';
import type { MetalOptions } from './options.js';
import { Compiler } from './pipeline/prepare.js';
import { COPY, FILL } from './pipeline/transfers.js';
import { Submitter } from './submission/submitter.js';

/** A submission that has not settled. */
interface Pending {
  readonly serial: number;
  readonly steps: readonly Step[];
  readonly figures: Readonly<Record<string, number>>;
  readonly settle: (completion: Completion) => void;
  /** How it ended without having been committed, while one before it has not. */
  outcome?: Completion;
}

/** The Metal backend; made by {@link metal}. */
export class MetalBackend implements Backend {
  readonly info: BackendInfo;
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
  readonly lost: Promise<DeviceLoss>;
  readonly hostMemory?: HostMemory;
  readonly capture: Capture;

  readonly #device: NativeDevice;
  /** Written by the native side. */
  readonly #counters = new Uint32Array(COUNTERS.length);
  readonly #before = new Uint32Array(COUNTERS.length);
  readonly #compiler: Compiler;
  #submitter: Submitter | undefined;
  /** In serial order. */
  readonly #pending: Pending[] = [];
  #lost: WickError | undefined;
  #lose: (loss: DeviceLoss) => void = () => {};

  private constructor(Device: NativeDeviceClass, options: MetalOptions) {
    const device = openNative(Device, options, this.#counters, (serial, failure) => {
      this.#settle(serial, failure);
    });
    const facts = device.facts();
    const simdgroupMatrix = facts.simdgroupMatrix && options.matrices !== 'plain';
    this.#device = device;
    this.info = infoOf(facts);
    this.limits = limitsOf(facts, options);
    this.capabilities = capabilitiesOf(options);
    this.#compiler = new Compiler(device, metalKernels, { simdgroupMatrix });
    this.capture = captureOf(device);
    if (facts.storage === 'shared') {
      this.hostMemory = {
        read: (allocation, offset, byteLength) =>
          device.read(metalAllocation(allocation).number, offset, byteLength),
      };
    }
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** Opens a device of a native addon. Rejects `BACKEND_UNAVAILABLE`. */
  static async open(Device: NativeDeviceClass, options: MetalOptions): Promise<MetalBackend> {
    const backend = new MetalBackend(Device, options);
    try {
      const copy = await backend.#compiler.compile('copy', 'copy', COPY);
      const fill = await backend.#compiler.compile('fill', 'fill', FILL);
      backend.#device.useCopy(copy.number);
      backend.#submitter = new Submitter(backend.#device, { copy, fill });
      return backend;
    } catch (cause) {
      backend.destroy();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WickError('BACKEND_UNAVAILABLE', `${backend.info.device}: ${reason}`, { cause });
    }
  }

  /** What the native side counts since the device was opened: its calls, encoders, barriers and so on. */
  counters(): Readonly<Record<Counter, number>> {
    return Object.fromEntries(COUNTERS.map((name, i) => [name, this.#counters[i]])) as Record<
      Counter,
      number
    >;
  }

  allocate(byteLength: number): Allocation {
    if (this.#lost !== undefined) throw this.#lost;
    try {
      return new MetalAllocation(this.#device.allocate(byteLength), byteLength);
    } catch (thrown) {
      throw nativeError(thrown, `cannot allocate ${byteLength} bytes`);
    }
  }

  free(allocation: Allocation): void {
    this.#device.free(metalAllocation(allocation).number);
  }

  specialize(
    kernel: KernelContract,
    constants: KernelConstants,
    params: ParamValues<ParamSpec>,
    grid: Grid,
  ): string {
    if (kernel.sources !== undefined) return '';
    return metalKernels.get(kernel.name)?.specialize?.({ constants, params, grid }) ?? '';
  }

  async prepare(request: PipelineRequest): Promise<Pipeline> {
    if (this.#lost !== undefined) throw this.#lost;
    try {
      return await this.#compiler.prepare(request);
    } catch (thrown) {
      throw this.#lost ?? thrown;
    }
  }

  submit(submission: Submission): Promise<Completion> {
    if (this.#lost !== undefined) return Promise.resolve({ ok: false, error: this.#lost });
    const { serial, steps } = submission;
    this.#before.set(this.#counters);
    let outcome: Completion | undefined;
    try {
      this.#submitter?.submit(submission);
    } catch (thrown) {
      outcome = { ok: false, error: nativeError(thrown, `submission "${submission.label}"`) };
    }
    const figures = this.#figuresSinceBefore();
    return new Promise((settle) => {
      this.#pending.push({ serial, steps, figures, settle, ...(outcome === undefined ? {} : { outcome }) });
      this.#settleUncommitted();
    });
  }

  destroy(): void {
    this.#end({ reason: 'destroyed', message: 'the device was destroyed' });
  }

  /** Called by the native device, in serial order. */
  #settle(serial: number, failure: NativeFailure | undefined): void {
    if (this.#pending[0]?.serial !== serial) return; // it was given up when the device was lost
    const [{ steps, figures, settle }] = this.#pending.splice(0, 1);
    if (failure === undefined) {
      settle({ ok: true, figures });
    } else {
      settle(failedCompletion(failure, steps));
      if (isFatal(failure)) this.#end({ reason: 'lost', message: failure.message });
    }
    this.#settleUncommitted();
  }

  #settleUncommitted(): void {
    for (;;) {
      const [first] = this.#pending;
      if (first?.outcome === undefined) return;
      this.#pending.shift();
      first.settle(first.outcome);
    }
  }

  #figuresSinceBefore(): Readonly<Record<string, number>> {
    const since = (counter: Counter) => {
      const i = COUNTERS.indexOf(counter);
      return this.#counters[i] - this.#before[i];
    };
    return {
      nativeCalls: since('calls'),
      encoders: since('encoders'),
      encodedBarriers: since('barriers'),
      fenceWaits: since('fenceWaits'),
      objectsMade: since('made'),
      programsPacked: since('programs'),
    };
  }

  #end(loss: DeviceLoss): void {
    if (this.#lost !== undefined) return;
    this.#lost = lostError(`the device was ${loss.reason}: ${loss.message}`);
    for (const { settle } of this.#pending.splice(0)) settle({ ok: false, error: this.#lost });
    this.#device.close();
    this.#lose(loss);
  }
}

function openNative(
  Device: NativeDeviceClass,
  { hazardTracking, storage }: MetalOptions,
  counters: Uint32Array,
  settle: (serial: number, failure: NativeFailure | undefined) => void,
): NativeDevice {
  const tracked = hazardTracking === 'metal';
  try {
    return new Device({ tracked, ...(storage === undefined ? {} : { storage }) }, counters, settle);
  } catch (thrown) {
    throw nativeError(thrown, 'Metal');
  }
}
