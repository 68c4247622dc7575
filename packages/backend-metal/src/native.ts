/** The native addon as TypeScript sees it: devices, memory, pipelines, submissions, captures. */

import { WickError } from '@wick/core';

/** Opens a device. Throws `UNAVAILABLE`. */
export type NativeDeviceClass = new (
  options: NativeOptions,
  counters: Uint32Array,
  settle: (serial: number, failure: NativeFailure | undefined) => void,
) => NativeDevice;

export interface NativeAddon {
  readonly Device: NativeDeviceClass;
}

export interface NativeOptions {
  /** Metal tracks hazards itself, and encoders are serial. */
  readonly tracked: boolean;
  /** Where allocations live; the device's choice without it. */
  readonly storage?: 'shared' | 'private';
}

export interface NativeFacts {
  readonly name: string;
  readonly system: string;
  /** Where allocations live. */
  readonly storage: 'shared' | 'private';
  readonly maxBufferLength: number;
  /** Whether the GPU multiplies matrices per SIMD group (family Apple7 and later). */
  readonly simdgroupMatrix: boolean;
}

/** How an encoder of a failed command buffer ended. */
export interface NativeEncoderFailure {
  readonly label: string;
  readonly state: 'completed' | 'affected' | 'faulted' | 'pending' | 'unknown';
  /** Labels of commands that Metal says it met. */
  readonly signposts: readonly string[];
}

export interface NativeFailure {
  /** `MTLCommandBufferError`. */
  readonly code: number;
  readonly message: string;
  readonly encoders: readonly NativeEncoderFailure[];
}

/** Packed steps; see submission/pack.ts. The addon attaches its own form to the object. */
export interface PackedSteps {
  readonly words: Uint32Array;
  /** The label of the submission, then those of passes and commands. */
  readonly labels: readonly string[];
}

declare const libraryBrand: unique symbol;
export interface NativeLibrary {
  readonly [libraryBrand]: true;
}

/** A value of a function constant, by index or by the name that the source gives it. */
export interface NativeConstant {
  readonly index?: number;
  readonly name?: string;
  /** Of a constant by index; one by name has the type of its declaration. */
  readonly type?: 'bool' | 'uint' | 'int' | 'float';
  readonly value: number | boolean;
}

export interface NativePipelineRequest {
  readonly entry: string;
  readonly label: string;
  readonly threads: readonly [x: number, y: number, z: number];
  readonly constants: readonly NativeConstant[];
}

export interface NativePipeline {
  readonly number: number;
  /** Threads of a SIMD group. */
  readonly executionWidth: number;
}

export interface NativeDevice {
  facts(): NativeFacts;
  /** Number of a new allocation. Throws `OUT_OF_MEMORY`. */
  allocate(byteLength: number): number;
  free(allocation: number): void;
  /** A copy of shared memory. */
  read(allocation: number, offset: number, byteLength: number): Uint8Array;
  /** Rejects `COMPILE_FAILED` with the compiler's log. */
  compile(source: string, label: string): Promise<NativeLibrary>;
  /** Rejects `COMPILE_FAILED`. */
  pipeline(library: NativeLibrary, request: NativePipelineRequest): Promise<NativePipeline>;
  /** Names the pipeline that copies words, which transfers inside compute passes use. */
  useCopy(pipeline: number): void;
  /**
   * Encodes and commits. `table` holds number and offset of each entry of the memory table, `waits` pass
   * and serial of `waitCount` waits. Everything but `downloads` is read before it returns. Throws
   * `OUT_OF_MEMORY` or `DEVICE_LOST`; then nothing was committed, and `settle` is not called.
   */
  submit(
    program: PackedSteps,
    serial: number,
    table: Float64Array,
    waits: Float64Array,
    waitCount: number,
    params: Uint8Array,
    uploads: readonly Uint8Array[],
    downloads: readonly Uint8Array[],
  ): void;
  /** Throws `CAPTURE_FAILED` with the reason. */
  startCapture(path: string): void;
  stopCapture(): void;
  /** What is in flight ends by itself; nothing is submitted any more. Idempotent. */
  close(): void;
}

/** What a device counts since it was opened, by place in the array that it shares. */
export const COUNTERS = [
  /** Calls of any method. */
  'calls',
  'encoders',
  'barriers',
  'fenceWaits',
  /** Buffers and fences made. */
  'made',
  /** Programs read from packed words. */
  'programs',
] as const;
export type Counter = (typeof COUNTERS)[number];

const CODES = {
  UNAVAILABLE: 'BACKEND_UNAVAILABLE',
  OUT_OF_MEMORY: 'OUT_OF_MEMORY',
  DEVICE_LOST: 'DEVICE_LOST',
  COMPILE_FAILED: 'KERNEL_COMPILE_FAILED',
  CAPTURE_FAILED: 'CAPTURE_FAILED',
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
} as const;

/** An error of the addon as ours; `context` begins the sentence. */
export function nativeError(thrown: unknown, context: string): WickError {
  if (thrown instanceof WickError) return thrown;
  const { code, message } = thrown as { readonly code?: string; readonly message?: string };
  const known = Object.entries(CODES).find(([name]) => name === code)?.[1] ?? 'SUBMISSION_FAILED';
  return new WickError(known, `${context}: ${message ?? String(thrown)}`, { cause: thrown });
}
