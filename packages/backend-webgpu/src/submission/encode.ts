/** Writes a program into one command buffer. */

import type { MemoryEntry, Submission } from '@wick/core';
import type { WebGpuPipeline } from '../pipeline/pipeline.js';
import { type Program, type ProgramOp, padded, resolve } from './program.js';
import type { PassTimers } from './timestamps.js';

/** The staging memory of one submission. */
export interface Staging {
  readonly uploads: GPUBuffer | undefined;
  readonly downloads: GPUBuffer | undefined;
}

/** Puts everything into the queue that has to be there before the command buffer. */
export function writeQueue(
  queue: GPUQueue,
  program: Program,
  { memory, uploads }: Submission,
  staging: Staging,
): void {
  for (const write of program.writes) {
    if (write.kind === 'memory') {
      const { buffer, offset } = resolve(write.destination, memory);
      writeBytes(queue, buffer, offset, uploads[write.data]);
    } else if (staging.uploads !== undefined) {
      const bytes = write.kind === 'pattern' ? write.pattern : uploads[write.data];
      writeBytes(queue, staging.uploads, write.offset, bytes);
    }
  }
}

/** Writes any number of bytes; up to three more are zeroed. */
export function writeBytes(queue: GPUQueue, buffer: GPUBuffer, offset: number, data: ArrayBufferView): void {
  const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  const whole = bytes.length - (bytes.length % 4);
  if (whole > 0) queue.writeBuffer(buffer, offset, bytes, 0, whole);
  if (whole === bytes.length) return;
  const tail = new Uint8Array(4);
  tail.set(bytes.subarray(whole));
  queue.writeBuffer(buffer, offset + whole, tail);
}

/**
 * Encodes `program` on the memory of a submission. Pipeline and bind group are set where they differ from
 * those of the dispatch before.
 */
export function encodeProgram(
  encoder: GPUCommandEncoder,
  program: Program,
  memory: readonly MemoryEntry[],
  groups: readonly GPUBindGroup[],
  staging: Staging,
  timers: PassTimers | undefined,
): void {
  let pass: GPUComputePassEncoder | undefined;
  let pipeline: WebGpuPipeline | undefined;
  let group: GPUBindGroup | undefined;
  let params = -1;
  let next = 0;
  const none: number[] = [];
  const one = [0]; // one array for all calls: implementations read it at once
  for (const op of program.ops) {
    if (op.op !== 'dispatch') {
      if (op.op === 'beginCompute') {
        pass = encoder.beginComputePass(passDescriptor(op.label, timers));
        pipeline = undefined;
        group = undefined;
      } else if (op.op === 'endCompute') {
        pass?.end();
      } else {
        encodeTransfer(encoder, op, memory, staging);
      }
      continue;
    }
    const dispatch = next++;
    if (pass === undefined) continue;
    const needed = program.pipelines[dispatch];
    if (needed !== pipeline) {
      pipeline = needed;
      pass.setPipeline(pipeline.handle);
    }
    const wanted = groups[dispatch];
    if (wanted !== group || op.params.offset !== params) {
      group = wanted;
      params = op.params.offset;
      one[0] = params;
      pass.setBindGroup(0, group, pipeline.layout.paramsBytes > 0 ? one : none);
    }
    const [x, y, z] = program.workgroups[dispatch];
    // Every argument that is handed over costs.
    if (y === 1 && z === 1) pass.dispatchWorkgroups(x);
    else pass.dispatchWorkgroups(x, y, z);
  }
}

/** Without timers there is nothing to say, and nothing is made to say it. */
function passDescriptor(label: string, timers: PassTimers | undefined): GPUComputePassDescriptor | undefined {
  const timestampWrites = timers?.next(label);
  return timestampWrites === undefined ? undefined : { label, timestampWrites };
}

type TransferOp = Exclude<ProgramOp, { op: 'dispatch' | 'beginCompute' | 'endCompute' }>;

function encodeTransfer(
  encoder: GPUCommandEncoder,
  op: TransferOp,
  memory: readonly MemoryEntry[],
  staging: Staging,
): void {
  switch (op.op) {
    case 'copy': {
      const from = resolve(op.source, memory);
      const to = resolve(op.destination, memory);
      const byteLength = padded(op.source.byteLength);
      encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset, byteLength);
      return;
    }
    case 'clear': {
      const { buffer, offset } = resolve(op.destination, memory);
      encoder.clearBuffer(buffer, offset, padded(op.destination.byteLength));
      return;
    }
    case 'fromStaging': {
      if (staging.uploads === undefined) return;
      const { buffer, offset } = resolve(op.destination, memory);
      const byteLength = padded(op.destination.byteLength);
      for (let done = 0; done < byteLength; done += op.period) {
        const part = Math.min(op.period, byteLength - done);
        encoder.copyBufferToBuffer(staging.uploads, op.staging, buffer, offset + done, part);
      }
      return;
    }
    case 'toStaging': {
      if (staging.downloads === undefined) return;
      const { buffer, offset } = resolve(op.source, memory);
      const byteLength = padded(op.source.byteLength);
      encoder.copyBufferToBuffer(buffer, offset, staging.downloads, op.staging, byteLength);
      return;
    }
    default:
      op satisfies never;
  }
}
