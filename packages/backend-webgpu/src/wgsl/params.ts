/** The parameter struct in WGSL. */

import type { KernelContract, ParamType } from '@wick/core';

const TYPES: Readonly<Record<ParamType, string>> = {
  u32: 'u32',
  i32: 'i32',
  f32: 'f32',
  u32x4: 'vec4<u32>',
  i32x4: 'vec4<i32>',
  f32x4: 'vec4<f32>',
  u32x8: 'array<vec4<u32>, 2>',
  i32x8: 'array<vec4<i32>, 2>',
};

/** Declares `params`, bound after the last binding; nothing for a kernel without parameters. */
export function paramsCode({ bindings, params }: KernelContract): string {
  if (params.fields.length === 0) return '';
  const fields = params.fields.map(({ name, type }) => `  ${name}: ${TYPES[type]},`);
  return `struct Params {
${fields.join('\n')}
}
@group(0) @binding(${bindings.length}) var<uniform> params: Params;`;
}

/** Lane `i` of an array field of four or eight lanes. */
export function lane(field: string, i: number, lanes: 4 | 8 = 8): string {
  const component = 'xyzw'[i % 4];
  return lanes === 4 ? `params.${field}.${component}` : `params.${field}[${Math.floor(i / 4)}].${component}`;
}
