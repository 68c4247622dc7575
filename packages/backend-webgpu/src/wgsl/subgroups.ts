/** Work that the invocations of a workgroup do together, through subgroups where there are any. */

import type { ShaderFeatures } from '../kernel.js';
import type { ValueType } from './types.js';
import { type Combine, workgroupReduction } from './workgroup.js';

export interface Reduction {
  readonly code: string;
  /** WGSL that combines a value of all invocations, for each of them. All have to run it. */
  readonly of: (value: string) => string;
  readonly extensions: readonly 'subgroups'[];
}

/** A reduction over the `width` (a power of two) invocations of a workgroup; see `workgroupReduction`. */
export function reduction(
  name: string,
  type: ValueType,
  width: number,
  combine: Combine,
  { subgroups }: ShaderFeatures,
): Reduction {
  if (subgroups === undefined) {
    return {
      code: workgroupReduction(name, type, width, combine),
      of: (value) => `${name}(${value}, lane)`,
      extensions: [],
    };
  }
  return {
    code: `var<workgroup> ${name}_cells: array<${type}, ${width / Math.min(width, subgroups.min)}>;
fn ${name}(value: ${type}, subgroup: u32, subgroup_lane: u32, subgroup_size: u32) -> ${type} {
  var own = value;
  for (var step = 1u; step < subgroup_size; step *= 2u) {
    let other = subgroupShuffleXor(own, step);
    own = ${combine('own', 'other')};
  }
  if (subgroup_lane == 0u) { ${name}_cells[subgroup] = own; }
  workgroupBarrier();
  var result = ${name}_cells[0];
  for (var s = 1u; s < ${width}u / subgroup_size; s++) { result = ${combine('result', `${name}_cells[s]`)}; }
  workgroupBarrier(); // before the cells are used again
  return result;
}`,
    of: (value) => `${name}(${value}, subgroup, subgroup_lane, subgroup_size)`,
    extensions: ['subgroups'],
  };
}
