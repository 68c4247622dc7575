/** Work that the invocations of a workgroup do together. */

import type { ValueType } from './types.js';

/** A combination of two values: `combine('a', 'b')` is the WGSL for it. */
export type Combine = (a: string, b: string) => string;

/**
 * Declares `fn NAME(value: T, lane: u32) -> T`, which combines the values of all `width` (a power of two)
 * invocations and gives the result to each. It holds barriers: all invocations have to call it.
 */
export function workgroupReduction(name: string, type: ValueType, width: number, combine: Combine): string {
  const cell = (i: string) => `${name}_cells[${i}]`;
  return `var<workgroup> ${name}_cells: array<${type}, ${width}>;
fn ${name}(value: ${type}, lane: u32) -> ${type} {
  ${cell('lane')} = value;
  workgroupBarrier();
  for (var half = ${width / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { ${cell('lane')} = ${combine(cell('lane'), cell('lane + half'))}; }
    workgroupBarrier();
  }
  let result = ${cell('0u')};
  workgroupBarrier(); // before the cells are used again
  return result;
}`;
}
