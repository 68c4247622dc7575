/** Puts the WGSL module of one kernel variant together. */

import type { KernelContract } from '@wick/core';
import type { Shader, Variant } from '../kernel.js';
import { bindingCode } from './bindings.js';
import { calledFunctions } from './library.js';
import { paramsCode } from './params.js';

/** The whole source. Its entry point is `main`. */
export function shaderModule(contract: KernelContract, variant: Variant, shader: Shader): string {
  const { workgroup, declarations = '', main, extensions = [] } = shader;
  const { declarations: bindings, functions } = bindingCode(contract, variant, shader);
  const enabled = new Set<string>(extensions);
  if (Object.values(variant.dtypes).includes('float16')) enabled.add('f16');
  const body = `${declarations}
@compute @workgroup_size(${workgroup})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
${subgroupBuiltins(enabled)}) {
  let block = group.x + groups.x * (group.y + groups.y * group.z);
${tileCode(shader)}${main}
}`;
  const parts = [
    ...[...enabled].map((extension) => `enable ${extension};`),
    `// ${contract.name}`,
    paramsCode(contract),
    bindings,
    calledFunctions(body, functions),
    body,
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

function subgroupBuiltins(enabled: ReadonlySet<string>): string {
  if (!enabled.has('subgroups')) return '';
  return `  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) subgroup_lane: u32,
  @builtin(subgroup_size) subgroup_size: u32,
`;
}

/** Declares `tile`, and leaves workgroups out that only fill up a folded grid. */
function tileCode({ tile, grid }: Shader): string {
  if (typeof tile === 'number' || grid === undefined) return '';
  const count = (axis: number) =>
    tile[axis] === 1 ? `(${grid[axis]})` : `((${grid[axis]} + ${tile[axis] - 1}u) / ${tile[axis]}u)`;
  return `  let across = ${count(0)};
  let down = ${count(1)};
  let tile = vec3u(block % across, (block / across) % down, block / (across * down));
  if (tile.z >= ${count(2)}) { return; }
`;
}
