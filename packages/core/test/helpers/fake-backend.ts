/**
 * A backend under the control of a test: it notes everything that it is told, and completes a submission
 * when the test says so. Commands run at that moment and not before, so whatever the core lets happen too
 * early is seen. Kernels run their reference functions.
 */

import {
  type Allocation,
  type Backend,
  type BackendCapabilities,
  type BackendInfo,
  type BackendLimits,
  type BindingArray,
  type Completion,
  type DeviceLoss,
  type DType,
  type HostMemory,
  type Pipeline,
  type PipelineRequest,
  type StepRange,
  type Submission,
  WickError,
} from '@wick/core';
import { EXPLICIT, ROOMY } from './platforms.js';

export interface FakeOptions {
  readonly limits?: Partial<BackendLimits>;
  readonly capabilities?: Partial<BackendCapabilities>;
  /** Whether host and device share memory. Default: true. */
  readonly hostMemory?: boolean;
  /** Complete every submission by itself, in a later turn of the event loop. Default: false. */
  readonly automatic?: boolean;
  /** `later`: pipelines are promises that the test settles. Default: `now`. */
  readonly prepare?: 'now' | 'later';
  /** `later`: allocations are promises that the test settles. Default: `now`. */
  readonly allocate?: 'now' | 'later';
  /** Most bytes that may be live. Default: no limit. */
  readonly memoryBytes?: number;
}

/** Memory that is recycled or read before it is written shows as 0xAB. */
class FakeAllocation implements Allocation {
  readonly bytes: Uint8Array;
  freed = false;

  constructor(readonly byteLength: number) {
    this.bytes = new Uint8Array(byteLength).fill(0xab);
  }
}

class FakePipeline implements Pipeline {
  readonly label: string;

  constructor(readonly request: PipelineRequest) {
    this.label = request.key;
  }
}

/** A promise that the backend has made and the test settles. */
export interface Promised<Request, Result> {
  readonly request: Request;
  readonly resolve: () => Result;
  readonly reject: (error: unknown) => void;
}

/** A submission that was handed to the backend. */
export class FakeSubmission {
  settled = false;

  constructor(
    readonly submission: Submission,
    private readonly settle: (completion: Completion) => void,
  ) {}

  get labels(): string[] {
    return this.submission.steps.flatMap((step) => ('command' in step ? [step.label] : []));
  }

  /** Runs the commands, in order, and completes. */
  complete(figures?: Readonly<Record<string, number>>): void {
    run(this.submission);
    this.#end({ ok: true, ...(figures === undefined ? {} : { figures }) });
  }

  /** Completes as failed; no command runs. */
  fail(error = new WickError('SUBMISSION_FAILED', 'on purpose'), step?: number): void {
    this.#end({ ok: false, error, ...(step === undefined ? {} : { step }) });
  }

  #end(completion: Completion): void {
    if (this.settled) throw new Error(`submission ${this.submission.serial} is settled already`);
    this.settled = true;
    this.settle(completion);
  }
}

export class FakeBackend implements Backend {
  readonly info: BackendInfo = { name: 'fake', vendor: 'test', device: 'fake', driver: 'none' };
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
  readonly lost: Promise<DeviceLoss>;
  readonly hostMemory?: HostMemory;
  readonly submissions: FakeSubmission[] = [];
  readonly pipelines: Promised<PipelineRequest, Pipeline>[] = [];
  readonly pendingAllocations: Promised<number, Allocation>[] = [];
  allocateCalls = 0;
  prepareCalls = 0;
  destroyCalls = 0;
  /** Allocations that were made and not freed. */
  readonly live = new Set<Allocation>();
  /** Called before each call of that name; may throw. */
  readonly before: Partial<Record<'allocate' | 'prepare' | 'submit', () => void>> = {};
  #lose: (loss: DeviceLoss) => void = () => {};

  constructor(private readonly options: FakeOptions = {}) {
    this.limits = { ...ROOMY, ...options.limits };
    this.capabilities = { ...EXPLICIT, ...options.capabilities };
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    if (options.hostMemory ?? true) {
      this.hostMemory = {
        read: (allocation, offset, byteLength) => memoryOf(allocation).slice(offset, offset + byteLength),
      };
    }
  }

  /** Submissions that are not settled, oldest first. */
  get pending(): FakeSubmission[] {
    return this.submissions.filter(({ settled }) => !settled);
  }

  get liveBytes(): number {
    return [...this.live].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  allocate(byteLength: number): Allocation | Promise<Allocation> {
    this.allocateCalls++;
    this.before.allocate?.();
    const make = () => {
      if (this.liveBytes + byteLength > (this.options.memoryBytes ?? Number.POSITIVE_INFINITY)) {
        throw new WickError('OUT_OF_MEMORY', `no room for ${byteLength} bytes`);
      }
      const allocation = new FakeAllocation(byteLength);
      this.live.add(allocation);
      return allocation;
    };
    return this.options.allocate === 'later' ? later(byteLength, make, this.pendingAllocations) : make();
  }

  free(allocation: Allocation): void {
    if (!this.live.delete(allocation)) throw new Error('an allocation is freed twice');
    (allocation as FakeAllocation).freed = true;
  }

  prepare(request: PipelineRequest): Pipeline | Promise<Pipeline> {
    this.prepareCalls++;
    this.before.prepare?.();
    const make = () => new FakePipeline(request);
    return this.options.prepare === 'later' ? later(request, make, this.pipelines) : make();
  }

  submit(submission: Submission): Promise<Completion> {
    this.before.submit?.();
    const own = { ...submission, params: submission.params.slice() };
    return new Promise((resolve) => {
      const made = new FakeSubmission(own, resolve);
      this.submissions.push(made);
      if (this.options.automatic) setImmediate(() => made.settled || made.complete());
    });
  }

  /** The device goes away by itself; what is pending never settles. */
  lose(message = 'unplugged'): void {
    this.#lose({ reason: 'lost', message });
  }

  destroy(): void {
    this.destroyCalls++;
    for (const submission of this.pending) submission.fail(new WickError('DEVICE_LOST', 'destroyed'));
    this.#lose({ reason: 'destroyed', message: 'destroyed' });
  }
}

function later<Request, Result>(
  request: Request,
  make: () => Result,
  list: Promised<Request, Result>[],
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      const made = make();
      resolve(made);
      return made;
    };
    list.push({ request, resolve: settle, reject });
  });
}

function memoryOf(allocation: Allocation): Uint8Array {
  const { bytes, freed } = allocation as FakeAllocation;
  if (freed) throw new Error('freed memory is used');
  return bytes;
}

function run({ steps, memory, params, uploads, downloads }: Submission): void {
  const bytesOf = (range: StepRange) => {
    const { allocation, offset } = memory[range.memory];
    return memoryOf(allocation).subarray(offset + range.offset, offset + range.offset + range.byteLength);
  };
  for (const step of steps) {
    if (step.op === 'upload') bytesOf(step.destination).set(uploads[step.data]);
    else if (step.op === 'download') downloads[step.into].set(bytesOf(step.source));
    else if (step.op === 'copy') bytesOf(step.destination).set(bytesOf(step.source));
    else if (step.op === 'fill') {
      const word = new Uint8Array(Uint32Array.of(step.value).buffer);
      bytesOf(step.destination).forEach((_, i, bytes) => {
        bytes[i] = word[i % 4];
      });
    } else if (step.op === 'dispatch') {
      const { kernel, constants, dtypes } = (step.pipeline as FakePipeline).request;
      const bindings: Record<string, BindingArray> = {};
      kernel.bindings.forEach(({ name }, i) => {
        const [range, dtype] = [step.bindings[i], dtypes[i]];
        if (range !== undefined && dtype !== undefined) bindings[name] = typed(bytesOf(range), dtype);
      });
      const view = new DataView(params.buffer, params.byteOffset, params.byteLength);
      const values = kernel.params.decode(view, step.params.offset);
      kernel.reference?.({ bindings, params: values, constants, grid: step.grid });
    }
  }
}

function typed({ buffer, byteOffset, byteLength }: Uint8Array, dtype: DType): BindingArray {
  if (dtype === 'float32') return new Float32Array(buffer, byteOffset, byteLength >> 2);
  if (dtype === 'uint32') return new Uint32Array(buffer, byteOffset, byteLength >> 2);
  if (dtype === 'int32') return new Int32Array(buffer, byteOffset, byteLength >> 2);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
