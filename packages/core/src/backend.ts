/**
 * The contract between the core and a backend. The core decides everything (order, memory, barriers,
 * passes, what is one submission); a backend translates. The core also validates everything first
 * (ranges, alignment, limits, dtypes, state), so a backend may assume good input.
 *
 * Twelve members; an implementation that keeps the promise written on each of them passes
 * `@wick/conformance`. `nullBackend` of that package is the template to start from.
 */

import type { WickError } from './errors.js';
import type { KernelConstants, KernelContract } from './kernels/contract.js';
import type { DType } from './kernels/dtype.js';
import type { ParamSpec, ParamValues } from './kernels/params.js';

export type MaybePromise<T> = T | Promise<T>;

/** Who does the work. Shown to people; the planner never reads it. */
export interface BackendInfo {
  /** The word that selects this backend in a configuration: `cpu`, `webgpu`, `metal`. */
  readonly name: string;
  readonly vendor: string;
  readonly device: string;
  readonly driver: string;
}

/** Sizes and counts that the core keeps to. Bytes unless said. */
export interface BackendLimits {
  readonly maxAllocationBytes: number;
  /** Longest range that one binding may cover. */
  readonly maxBindingBytes: number;
  /** Most bindings of one dispatch, the parameter struct not counted. */
  readonly maxBindings: number;
  /** Binding offsets, and so the placement of temporaries, are multiples of this. */
  readonly bindingAlignment: number;
  /**
   * Offsets of copies, fills, uploads and downloads are multiples of this, and so are their lengths but for
   * the tail of a buffer: memory is padded there, and a backend may move the padding along.
   */
  readonly transferAlignment: number;
  /** Parameter structs stand at multiples of this inside a submission's parameter block. */
  readonly paramsAlignment: number;
  /** Most commands, bytes touched, and units of work (multiply-adds or elements) of one submission. */
  readonly maxCommandsPerSubmission: number;
  readonly maxBytesPerSubmission: number;
  readonly maxWorkPerSubmission: number;
  /** Most submissions that are submitted and not completed. */
  readonly maxSubmissionsInFlight: number;
}

export type TransferKind = 'copy' | 'fill' | 'upload' | 'download';

/** What differs in kind between backends. */
export interface BackendCapabilities {
  /** Dispatches of one compute pass may overlap unless a barrier stands between them. */
  readonly explicitBarriers: boolean;
  /** Passes may overlap, also across submissions, unless a pass waits for another. */
  readonly explicitWaits: boolean;
  /** Transfers that the backend can run inside a compute pass; the others get a transfer pass. */
  readonly transfersInComputePass: readonly TransferKind[];
  /** One dispatch may not bind one allocation both read-only and writable, nor copy inside one. */
  readonly wholeAllocationBindings: boolean;
  readonly float16: boolean;
  /** Sizes of subgroups (waves, SIMD groups) that kernels may meet; absent without such operations. */
  readonly subgroups?: { readonly min: number; readonly max: number };
  readonly timestamps: boolean;
}

/** One piece of device memory. Opaque to the core, which only hands it back. */
export interface Allocation {
  readonly byteLength: number;
}

/** A compiled kernel variant. Opaque to the core. */
export interface Pipeline {
  readonly label: string;
}

/** Which variant of a kernel is wanted. Two requests with the same `key` are the same variant. */
export interface PipelineRequest {
  readonly key: string;
  readonly kernel: KernelContract;
  readonly constants: KernelConstants;
  /** The dtype at every binding; undefined where an optional binding is left out. */
  readonly dtypes: readonly (DType | undefined)[];
  /** What `specialize` answered for the dispatch that asks; undefined without `specialize`. */
  readonly specialization: string | undefined;
}

/** A byte range of one entry of the submission's memory table. */
export interface StepRange {
  /** Index into `Submission.memory`. */
  readonly memory: number;
  /** Relative to that entry's own offset. */
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * One step of a submission, already decided. Passes do not nest; every dispatch stands inside a
 * compute pass; transfers stand inside a transfer pass or, where `transfersInComputePass` says so,
 * inside a compute pass.
 */
export type Step =
  | {
      readonly op: 'beginPass';
      readonly kind: 'compute' | 'transfer';
      /** Number of the pass, ascending inside the submission from 0. */
      readonly pass: number;
      readonly label: string;
      /** Earlier passes of the same submission that this one must wait for (only with `explicitWaits`). */
      readonly waits: readonly number[];
    }
  | {
      readonly op: 'dispatch';
      readonly command: number;
      readonly label: string;
      readonly pipeline: Pipeline;
      /** In binding order; undefined where an optional binding is left out. All of them, always. */
      readonly bindings: readonly (StepRange | undefined)[];
      /** Byte range of the parameter struct inside `Submission.params`; length 0 without parameters. */
      readonly params: { readonly offset: number; readonly byteLength: number };
      /** Independent outputs along x, y and z; none is 0. A pipeline knows how many a workgroup covers. */
      readonly grid: readonly [number, number, number];
    }
  /** Commands after it see what commands before it did to these entries of the memory table. */
  | { readonly op: 'barrier'; readonly memory: readonly number[] }
  | {
      readonly op: 'copy';
      readonly command: number;
      readonly label: string;
      readonly source: StepRange;
      readonly destination: StepRange;
    }
  /** Writes the 32-bit `value`, little-endian, over and over. */
  | {
      readonly op: 'fill';
      readonly command: number;
      readonly label: string;
      readonly destination: StepRange;
      readonly value: number;
    }
  /** `data` indexes `Submission.uploads`. */
  | {
      readonly op: 'upload';
      readonly command: number;
      readonly label: string;
      readonly destination: StepRange;
      readonly data: number;
    }
  /** `into` indexes `Submission.downloads`. */
  | {
      readonly op: 'download';
      readonly command: number;
      readonly label: string;
      readonly source: StepRange;
      readonly into: number;
    }
  | { readonly op: 'endPass' };

/** An entry of the memory table: where index i of the steps lives this time. */
export interface MemoryEntry {
  readonly allocation: Allocation;
  /** Added to the offset of every step range that names this entry. */
  readonly offset: number;
}

/** What is committed as one command buffer. */
export interface Submission {
  /** 1, 2, 3, ... over the life of the device. */
  readonly serial: number;
  readonly label: string;
  /** The same array object at every replay of a plan, so a backend may cache by its identity. */
  readonly steps: readonly Step[];
  readonly memory: readonly MemoryEntry[];
  /** All parameter structs; the backend must have taken its copy when `submit` returns. */
  readonly params: Uint8Array;
  /** Bytes for upload steps; not changed before the submission completes. */
  readonly uploads: readonly Uint8Array[];
  /** Filled by the backend before the submission completes. */
  readonly downloads: readonly Uint8Array[];
  /**
   * Which passes must wait for all passes of which earlier submissions (only with `explicitWaits`). One whose
   * `submit` failed has waited for nothing: a wait for it is a wait for everything before it.
   */
  readonly waits: readonly { readonly pass: number; readonly serial: number }[];
  /** Whether the core wants `Completion.passes`; only with the capability `timestamps`. */
  readonly timed?: boolean;
}

/** When a pass ran, in milliseconds of `performance.now()`. */
export interface PassTime {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/** How a submission ended. */
export type Completion =
  | {
      readonly ok: true;
      /** What the backend counted while it submitted, by its own words; added up in `DeviceStats.backend`. */
      readonly figures?: Readonly<Record<string, number>>;
      /** When its passes ran, as the device measured it, if `Submission.timed` asked for it. */
      readonly passes?: readonly PassTime[];
    }
  | {
      readonly ok: false;
      /** `SUBMISSION_FAILED`, `OUT_OF_MEMORY`, `DEVICE_LOST` or `KERNEL_COMPILE_FAILED`. */
      readonly error: WickError;
      /** Index of the step that failed, where the platform tells. */
      readonly step?: number;
    };

/** Why a device is of no use any more. */
export interface DeviceLoss {
  readonly reason: 'destroyed' | 'lost';
  readonly message: string;
}

/** Reads and writes memory from the host without a command, where host and device share memory. */
export interface HostMemory {
  /**
   * Copies bytes out. The core calls it only when every submission that writes the range has completed,
   * and submits nothing that writes it before the call returns.
   */
  read(allocation: Allocation, offset: number, byteLength: number): Uint8Array;
}

/** Captures of what the device does, for the platform's own tools. */
export interface Capture {
  /** Begins a capture into `path`. Rejects `CAPTURE_FAILED` with the reason. */
  start(path: string): Promise<void>;
  /** Ends it; resolves when the file is complete. */
  stop(): Promise<void>;
}

/** An opened backend. The core owns it and calls `destroy` once. */
export interface Backend {
  readonly info: BackendInfo;
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;

  /** Settles once, when the device is lost or destroyed; never rejects. */
  readonly lost: Promise<DeviceLoss>;

  /**
   * Makes an allocation of exactly `byteLength` bytes (above 0, a multiple of 16). Its content is
   * undefined. Throws or rejects `OUT_OF_MEMORY` when there is no room; a smaller one may then work.
   */
  allocate(byteLength: number): MaybePromise<Allocation>;

  /** Gives memory back. Called once, after the last submission that uses it has completed. Safe on a lost device. */
  free(allocation: Allocation): void;

  /**
   * Which of its implementations the backend would use for a dispatch with these values, where it has
   * several (a matrix-vector product beside a tiled one). The answer becomes part of the pipeline's key.
   * Where `params` holds a `ReplayParam`, a replay will supply the value: no choice may depend on it.
   * Pure and fast: it is called for every recorded dispatch.
   */
  specialize?(
    kernel: KernelContract,
    constants: KernelConstants,
    params: ParamValues<ParamSpec>,
    grid: readonly [number, number, number],
  ): string;

  /**
   * Compiles a kernel variant. Called once for a key at a time; the core keeps the result, and forgets a
   * failure. Throws or rejects `KERNEL_UNSUPPORTED` naming kernel, dtype and backend, or
   * `KERNEL_COMPILE_FAILED` with line and log.
   */
  prepare(request: PipelineRequest): MaybePromise<Pipeline>;

  /**
   * Commits one submission. Submissions begin in the order of the calls; dispatches may overlap inside
   * an epoch only, passes only where no wait forbids it. Settles exactly once, in serial order, after
   * all effects are visible to later submissions and to the host; never rejects. After a failed
   * submission later ones still work, unless the device is lost.
   */
  submit(submission: Submission): Promise<Completion>;

  /** Present where host and device share memory. */
  readonly hostMemory?: HostMemory;

  /** Present where the platform can capture. */
  readonly capture?: Capture;

  /** Ends the device: pending submissions settle with `DEVICE_LOST`. Idempotent. */
  destroy(): void;
}

/** Opens a backend; what a backend package exports as its default. */
export interface BackendFactory {
  readonly name: string;
  /** Rejects `BACKEND_UNAVAILABLE` with the reason. */
  open(): Promise<Backend>;
}
