/** Memory of the Metal backend: an allocation is a number of the native device. */

import { type Allocation, WickError } from '@wick/core';

export class MetalAllocation implements Allocation {
  constructor(
    readonly number: number,
    readonly byteLength: number,
  ) {}
}

/** The allocation behind the contract's opaque handle; throws for that of another backend. */
export function metalAllocation(allocation: Allocation): MetalAllocation {
  if (allocation instanceof MetalAllocation) return allocation;
  throw new WickError('INVALID_ARGUMENT', 'the allocation belongs to another backend');
}
