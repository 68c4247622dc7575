/** Memory of the WebGPU backend: one GPUBuffer an allocation. */

import { type Allocation, WickError } from '@wick/core';
import { scoped } from './errors.js';

/** The constants of `GPUBufferUsage`, which not every host has as a global. */
export const USAGE = {
  mapRead: 0x1,
  copySource: 0x4,
  copyDestination: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;

/** One piece of memory; see `Backend.allocate`. */
export class GpuAllocation implements Allocation {
  readonly byteLength: number;

  /** @param id unique on its device, so that it can stand for the buffer in keys */
  constructor(
    readonly buffer: GPUBuffer,
    readonly id: number,
  ) {
    this.byteLength = buffer.size;
  }
}

/** The allocation behind the contract's opaque handle; throws for that of another backend. */
export function gpuAllocation(allocation: Allocation): GpuAllocation {
  if (allocation instanceof GpuAllocation) return allocation;
  throw new WickError('INVALID_ARGUMENT', 'the allocation belongs to another backend');
}

/** Rejects `OUT_OF_MEMORY`. */
export async function createAllocation(
  device: GPUDevice,
  byteLength: number,
  id: number,
): Promise<GpuAllocation> {
  const usage = USAGE.storage | USAGE.copySource | USAGE.copyDestination;
  const context = `cannot allocate ${byteLength} bytes`;
  const { value: buffer, error } = scoped(device, context, () =>
    device.createBuffer({ size: byteLength, usage }),
  );
  const cause = await error;
  if (cause === undefined) return new GpuAllocation(buffer, id);
  buffer.destroy();
  throw cause;
}
