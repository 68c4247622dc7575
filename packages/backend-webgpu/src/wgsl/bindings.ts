/**
 * Declarations of bindings and their accessors. For a binding NAME of elements that a shader sees as
 * values of type V (see `valueType`) there are
 *
 * - `NAME_at(i: u32) -> V`, element i
 * - `NAME_four(w: u32) -> vec4<V>`, elements 4w to 4w + 3; only of bytes and of `vectors`
 * - `NAME_raw(w: u32) -> vec4<E>`, the same as they are in memory; only of `vectors`
 * - `NAME_eight(w: u32) -> vec4u`, elements 8w to 8w + 7 as bits; only of `octets`, which have no other accessor
 * - `put_NAME(i: u32, value: V)`, not of bytes, unless they are `scattered`
 * - `put_NAME_four(w: u32, value: vec4<V>, count: u32)`, the first `count` of elements 4w to 4w + 3; only of
 *   bytes and of `vectors`. An invocation so owns whole words, and a word's other bytes keep their content.
 *
 * Indices are not checked: a shader leaves out what lies beyond its sizes.
 */

import type { BindingContract, DType, KernelContract } from '@wick/core';
import type { Shader, Variant } from '../kernel.js';
import { elementType, isByte, valueType } from './types.js';

/** Declarations, and functions by name that are wanted only where they are called. */
export interface BindingCode {
  readonly declarations: string;
  readonly functions: Readonly<Record<string, string>>;
}

/** The code of all bindings of a variant. Bindings that are left out have none. */
export function bindingCode(
  { bindings }: KernelContract,
  { dtypes }: Variant,
  { vectors = [], octets = [], scattered = [] }: Shader,
): BindingCode {
  const lines: string[] = [];
  const functions: Record<string, string> = {};
  for (const [i, { name, access }] of bindings.entries()) {
    const dtype = dtypes[name];
    if (dtype === undefined) continue;
    const isVector = vectors.includes(name) && !isByte(dtype);
    const isAtomic = scattered.includes(name) && isByte(dtype);
    const element = isAtomic ? 'atomic<u32>' : elementType(dtype);
    const mode = access === 'read' ? 'read' : 'read_write';
    if (octets.includes(name)) {
      lines.push(`@group(0) @binding(${i}) var<storage, ${mode}> ${name}_data: array<vec4u>;`);
      functions[`${name}_eight`] = `fn ${name}_eight(w: u32) -> vec4u { return ${name}_data[w]; }`;
      continue;
    }
    const type = isVector ? `vec4<${element}>` : element;
    lines.push(`@group(0) @binding(${i}) var<storage, ${mode}> ${name}_data: array<${type}>;`);
    if (isByte(dtype)) Object.assign(functions, byteFunctions(name, access, isAtomic));
    else Object.assign(functions, elementFunctions(name, dtype, access, isVector));
  }
  return { declarations: lines.join('\n'), functions };
}

type Access = BindingContract['access'];

function elementFunctions(
  name: string,
  dtype: DType,
  access: Access,
  isVector: boolean,
): Record<string, string> {
  const value = valueType(dtype);
  const element = elementType(dtype);
  const at = isVector ? `${name}_data[i >> 2u][i & 3u]` : `${name}_data[i]`;
  const functions: Record<string, string> = {
    [`${name}_at`]: `fn ${name}_at(i: u32) -> ${value} { return ${value}(${at}); }`,
  };
  if (isVector) {
    functions[`${name}_raw`] = `fn ${name}_raw(w: u32) -> vec4<${element}> { return ${name}_data[w]; }`;
    functions[`${name}_four`] =
      `fn ${name}_four(w: u32) -> vec4<${value}> { return vec4<${value}>(${name}_data[w]); }`;
  }
  if (access === 'read') return functions;
  functions[`put_${name}`] = `fn put_${name}(i: u32, value: ${value}) { ${at} = ${element}(value); }`;
  if (isVector) {
    functions[`put_${name}_four`] = `fn put_${name}_four(w: u32, value: vec4<${value}>, count: u32) {
  if (count >= 4u) {
    ${name}_data[w] = vec4<${element}>(value);
    return;
  }
  for (var k = 0u; k < count; k++) { ${name}_data[w][k] = ${element}(value[k]); }
}`;
  }
  return functions;
}

function byteFunctions(name: string, access: Access, isAtomic: boolean): Record<string, string> {
  const word = (w: string) => (isAtomic ? `atomicLoad(&${name}_data[${w}])` : `${name}_data[${w}]`);
  const functions: Record<string, string> = {
    [`${name}_at`]: `fn ${name}_at(i: u32) -> u32 { return (${word('i >> 2u')} >> ((i & 3u) * 8u)) & 255u; }`,
    [`${name}_four`]: `fn ${name}_four(w: u32) -> vec4u {
  return (vec4u(${word('w')}) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u);
}`,
  };
  if (access === 'read') return functions;
  if (isAtomic) {
    functions[`put_${name}`] = `fn put_${name}(i: u32, value: u32) {
  let shift = (i & 3u) * 8u;
  atomicAnd(&${name}_data[i >> 2u], ~(255u << shift));
  atomicOr(&${name}_data[i >> 2u], (value & 255u) << shift);
}`;
    return functions;
  }
  functions[`put_${name}_four`] = `fn put_${name}_four(w: u32, value: vec4u, count: u32) {
  let bytes = (value & vec4u(255u)) << vec4u(0u, 8u, 16u, 24u);
  let word = bytes.x | bytes.y | bytes.z | bytes.w;
  if (count >= 4u) {
    ${name}_data[w] = word;
    return;
  }
  let mask = (1u << (count * 8u)) - 1u;
  ${name}_data[w] = (${name}_data[w] & ~mask) | (word & mask);
}`;
  return functions;
}
