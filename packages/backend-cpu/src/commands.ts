/**
 * The meaning of one step. An executor decides when which pieces of a step run; what they do is decided
 * here, so every executor runs the same kernels.
 */

import {
  type BindingArray,
  type DType,
  type Step,
  type StepRange,
  type Submission,
  WickError,
} from '@wick/core';
import { decodeFloat16, encodeFloat16 } from './float16.js';
import type { KernelCall } from './kernel.js';
import { cpuAllocation } from './memory.js';
import { type CpuPipeline, cpuPipeline } from './pipeline.js';

export type DispatchStep = Extract<Step, { op: 'dispatch' }>;
export type TransferStep = Extract<Step, { op: 'copy' | 'fill' | 'upload' | 'download' }>;
export type CommandStep = DispatchStep | TransferStep;

/**
 * A command that is ready to run: every unit exactly once, in any order and in ranges of any size, then
 * `finish`. Float16 that it reads was decoded when it was bound. Throws {@link StepFailure}.
 */
export interface BoundDispatch {
  readonly units: number;
  run(begin: number, end: number): void;
  /** Encodes what was written as float16. */
  finish(): void;
}

/** Thrown by a command that fails: what the completion of its submission will say. */
export class StepFailure extends Error {
  constructor(
    readonly step: number,
    readonly error: WickError,
  ) {
    super(error.message);
  }
}

/** Binds a dispatch or a transfer. */
export function bindCommand(step: CommandStep, submission: Submission): BoundDispatch {
  return step.op === 'dispatch' ? bindDispatch(step, submission) : bindTransfer(step, submission);
}

/** Resolves the memory and the parameters of a dispatch. */
export function bindDispatch(step: DispatchStep, submission: Submission): BoundDispatch {
  return guarded(step, submission, () => {
    const pipeline = cpuPipeline(step.pipeline);
    const { bindings, dtypes, finish } = bindMemory(step, pipeline, submission);
    const { kernel, request } = pipeline;
    const { buffer, byteOffset, byteLength } = submission.params;
    const params = request.kernel.params.decode(
      new DataView(buffer, byteOffset, byteLength),
      step.params.offset,
    );
    const call: KernelCall = { bindings, dtypes, params, constants: request.constants, grid: step.grid };
    return {
      units: kernel.units(call),
      run: (begin, end) => kernel.run(call, begin, end),
      finish,
    };
  });
}

/** Typed arrays over the bindings, by name. `finish` writes the decoded ones back. */
function bindMemory(step: DispatchStep, { request }: CpuPipeline, submission: Submission) {
  const bindings: Record<string, BindingArray> = {};
  const dtypes: Record<string, DType | undefined> = {};
  const encodings: { readonly from: Float32Array; readonly to: Uint16Array }[] = [];
  for (const [i, { name, access }] of request.kernel.bindings.entries()) {
    const range = step.bindings[i];
    const dtype = request.dtypes[i];
    if (range === undefined || dtype === undefined) continue;
    const bytes = resolve(range, submission);
    dtypes[name] = dtype;
    if (dtype === 'float16') {
      const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
      const decoded = new Float32Array(halves.length);
      // A kernel that breaks the promise of `write` leaves NaN.
      if (access === 'write') decoded.fill(Number.NaN);
      else decodeFloat16(halves, decoded);
      if (access !== 'read') encodings.push({ from: decoded, to: halves });
      bindings[name] = decoded;
    } else {
      bindings[name] = typedView(dtype, bytes);
    }
  }
  const finish = () => {
    for (const { from, to } of encodings) encodeFloat16(from, to);
  };
  return { bindings, dtypes, finish };
}

function typedView(dtype: Exclude<DType, 'float16'>, bytes: Uint8Array): BindingArray {
  const { buffer, byteOffset, length } = bytes;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, length >> 2);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length >> 2);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length >> 2);
    case 'uint8':
    case 'bool':
      return bytes;
    default:
      return dtype satisfies never;
  }
}

/** Bytes of one unit of a transfer. */
const PIECE = 65536;

/** Resolves the memory of a transfer. */
export function bindTransfer(step: TransferStep, submission: Submission): BoundDispatch {
  return guarded(step, submission, () => {
    const { source, destination } = transferEnds(step, submission);
    return {
      units: Math.ceil(destination.length / PIECE),
      run(begin, end) {
        const at = begin * PIECE;
        const last = Math.min(end * PIECE, destination.length);
        if (typeof source === 'number') fillWords(destination.subarray(at, last), source);
        else destination.set(source.subarray(at, last), at);
      },
      finish() {},
    };
  });
}

/** Runs a whole transfer. */
export function runTransfer(step: TransferStep, submission: Submission): void {
  const bound = bindTransfer(step, submission);
  bound.run(0, bound.units);
  bound.finish();
}

/** What a transfer moves: bytes or a repeated 32-bit value, and where to. */
function transferEnds(
  step: TransferStep,
  submission: Submission,
): { readonly source: Uint8Array | number; readonly destination: Uint8Array } {
  switch (step.op) {
    case 'copy':
      return { source: resolve(step.source, submission), destination: resolve(step.destination, submission) };
    case 'fill':
      return { source: step.value, destination: resolve(step.destination, submission) };
    case 'upload':
      return { source: submission.uploads[step.data], destination: resolve(step.destination, submission) };
    case 'download':
      return { source: resolve(step.source, submission), destination: submission.downloads[step.into] };
    default:
      return step satisfies never;
  }
}

function fillWords(target: Uint8Array, value: number): void {
  const words = new DataView(target.buffer, target.byteOffset, target.length);
  for (let at = 0; at < target.length; at += 4) words.setUint32(at, value, true);
}

/** The bytes that a range of the memory table stands for. */
function resolve(range: StepRange, submission: Submission): Uint8Array {
  const { allocation, offset } = submission.memory[range.memory];
  return cpuAllocation(allocation).bytes(offset + range.offset, range.byteLength);
}

/** Turns whatever binding or running throws into a {@link StepFailure} that names the step. */
function guarded(step: CommandStep, submission: Submission, bind: () => BoundDispatch): BoundDispatch {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      const details = { label: step.label, commands: [step.label], cause: thrown };
      const error = new WickError(
        'SUBMISSION_FAILED',
        `${step.op} "${step.label}" failed: ${reason}`,
        details,
      );
      throw new StepFailure(submission.steps.indexOf(step), error);
    }
  };
  const bound = attempt(bind);
  return {
    units: bound.units,
    run: (begin, end) => attempt(() => bound.run(begin, end)),
    finish: () => attempt(() => bound.finish()),
  };
}
