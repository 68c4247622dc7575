/** The shell of the backend: it keeps the promises of the core's contract around the encoding. */

import {
  type Allocation,
  type Backend,
  type Completion,
  type DeviceLoss,
  type KernelConstants,
  type KernelContract,
  type ParamSpec,
  type ParamValues,
  type PassTime,
  type Pipeline,
  type PipelineRequest,
  type Submission,
  toWickError,
  WickError,
} from '@wick/core';
import { lostError } from './errors.js';
import type { OpenedDevice } from './host/adapter.js';
import { type Grid, tileCounts } from './kernel.js';
import { webGpuKernels } from './kernels/index.js';
import { createAllocation, gpuAllocation } from './memory.js';
import { Layouts } from './pipeline/layouts.js';
import { Compiler } from './pipeline/prepare.js';
import { Completions } from './submission/completions.js';
import { Submitter } from './submission/submitter.js';

/** How long a failure that may be the first sign of a loss waits for the loss itself. */
const LOSS_MILLISECONDS = 50;

/** The WebGPU backend; made by {@link webgpu}. */
export class WebGpuBackend implements Backend {
  readonly info;
  readonly limits;
  readonly capabilities;
  readonly lost: Promise<DeviceLoss>;

  readonly #opened: OpenedDevice;
  readonly #compiler: Compiler;
  readonly #submitter: Submitter;
  readonly #completions = new Completions();
  #allocations = 0;
  #lost: WickError | undefined;
  #lose: (loss: DeviceLoss) => void = () => {};
  /** An error that no call owns up to: the next submission to end fails with it. */
  #stray: WickError | undefined;

  constructor(opened: OpenedDevice) {
    const { device, info, limits, capabilities } = opened;
    this.#opened = opened;
    this.info = info;
    this.limits = limits;
    this.capabilities = capabilities;
    this.#compiler = new Compiler(device, new Layouts(device), webGpuKernels, {
      float16: capabilities.float16,
      // Shaders number their subgroups, which not every implementation has words for.
      subgroups: opened.gpu?.wgslLanguageFeatures.has('subgroup_id') ? capabilities.subgroups : undefined,
      workgroupBytes: device.limits.maxComputeWorkgroupStorageSize,
      subgroupMatrices: opened.subgroupMatrices,
    });
    this.#submitter = new Submitter(device);
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    void device.lost.then(({ reason, message }) => {
      this.#end({ reason: reason === 'destroyed' ? 'destroyed' : 'lost', message });
    });
    device.onuncapturederror = (event) => {
      // Where nothing is in flight that fails with it, the host reports it too: nobody may ask again.
      if (!this.#completions.isEmpty) event.preventDefault();
      this.#stray ??= new WickError('SUBMISSION_FAILED', `WebGPU reports: ${event.error.message}`);
    };
  }

  /** The device beneath, for what WebGPU offers and Wick does not. Memory and order of Wick's work stay Wick's. */
  get device(): GPUDevice {
    return this.#opened.device;
  }

  async allocate(byteLength: number): Promise<Allocation> {
    if (this.#lost !== undefined) throw this.#lost;
    return createAllocation(this.#opened.device, byteLength, ++this.#allocations);
  }

  free(allocation: Allocation): void {
    gpuAllocation(allocation).buffer.destroy();
  }

  specialize(
    kernel: KernelContract,
    constants: KernelConstants,
    params: ParamValues<ParamSpec>,
    grid: Grid,
  ): string {
    if (kernel.sources === undefined) {
      return webGpuKernels.get(kernel.name)?.specialize?.({ constants, params, grid }) ?? '';
    }
    this.#checkGrid(kernel, grid);
    return '';
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
    return this.#completions.add(this.#run(submission));
  }

  destroy(): void {
    this.#end({ reason: 'destroyed', message: 'the device was destroyed' });
  }

  async #run(submission: Submission): Promise<Completion> {
    if (this.#lost !== undefined) return { ok: false, error: this.#lost };
    let error: WickError | undefined;
    let passes: readonly PassTime[] | undefined;
    try {
      ({ error, passes } = await this.#submitter.submit(submission));
    } catch (thrown) {
      // A loss makes calls fail before it says so.
      await Promise.race([this.#opened.device.lost, turn(LOSS_MILLISECONDS)]);
      error = toWickError(thrown, 'SUBMISSION_FAILED', `submission "${submission.label}"`);
    }
    error ??= this.#stray;
    if (error === undefined) return passes === undefined ? { ok: true } : { ok: true, passes };
    if (error === this.#stray) this.#stray = undefined;
    return { ok: false, error: this.#lost ?? error };
  }

  #end(loss: DeviceLoss): void {
    if (this.#lost !== undefined) return;
    this.#lost = lostError(`the device was ${loss.reason}: ${loss.message || 'no reason given'}`);
    this.#completions.lose(this.#lost);
    this.#submitter.destroy();
    this.#opened.device.destroy();
    // Dawn's binding for Node holds on to a device, its threads included, for as long as it has a handler.
    this.#opened.device.onuncapturederror = null;
    this.#lose(loss);
  }

  /** A user's shader sees its workgroups as they are, so a grid cannot be folded for it. */
  #checkGrid({ name, sources }: KernelContract, grid: Grid): void {
    const most = this.#opened.device.limits.maxComputeWorkgroupsPerDimension;
    const counts = tileCounts(grid, sources?.webgpu?.tile ?? [64, 1, 1]);
    if (counts.every((count) => count <= most)) return;
    throw new WickError(
      'LIMIT_EXCEEDED',
      `kernel "${name}" needs ${counts.join(' x ')} workgroups; the limit is ${most} along each dimension`,
      { label: name },
    );
  }
}

function turn(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
