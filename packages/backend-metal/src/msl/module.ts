/**
 * Texts of MSL. A module holds the kernel functions of a family for one choice of dtypes, so that few texts
 * are compiled; what else varies is a function constant.
 */

import type { KernelContract, ParamStruct, ParamType } from '@wick/core';
import type { FunctionConstant } from '../kernel.js';

const SCALARS: Readonly<Record<ParamType, 'uint' | 'int' | 'float'>> = {
  u32: 'uint',
  i32: 'int',
  f32: 'float',
  u32x4: 'uint',
  i32x4: 'int',
  f32x4: 'float',
  u32x8: 'uint',
  i32x8: 'int',
};

/** The parameter struct of a contract. Arrays are plain ones, behind the padding that `ParamStruct` puts there. */
export function paramsStruct(name: string, struct: ParamStruct): string {
  const lines: string[] = [];
  let end = 0;
  for (const { name: field, type, offset, length } of struct.fields) {
    if (offset > end) lines.push(`  uint padding_${end}[${(offset - end) / 4}];`);
    lines.push(`  ${SCALARS[type]} ${field}${length > 1 ? `[${length}]` : ''};`);
    end = offset + 4 * length;
  }
  return `struct ${name} {\n${lines.join('\n')}\n};`;
}

/** Which of a thread's places a kernel function asks for; all of them have names of their own. */
const PLACES = {
  group: 'uint3 group [[threadgroup_position_in_grid]]',
  lane: 'uint lane [[thread_index_in_threadgroup]]',
  simd: 'uint simd [[simdgroup_index_in_threadgroup]]',
  member: 'uint member [[thread_index_in_simdgroup]]',
} as const;
export type Place = keyof typeof PLACES;

export interface KernelText {
  readonly entry: string;
  readonly contract: KernelContract;
  /** MSL type of the elements of each binding; a binding that is missing here is left out. */
  readonly types: Readonly<Record<string, string | undefined>>;
  /** Default: `group` and `lane`. */
  readonly places?: readonly Place[];
  readonly body: string;
}

/**
 * A kernel function with its parameter struct, `ENTRY_params`. The body finds each binding under its name,
 * the parameters as `params`, and the places.
 */
export function kernelText({ entry, contract, types, places = ['group', 'lane'], body }: KernelText): string {
  const args = contract.bindings.flatMap(({ name, access }, index) => {
    const type = types[name];
    if (type === undefined) return [];
    return [`device ${access === 'read' ? 'const ' : ''}${type} *${name} [[buffer(${index})]]`];
  });
  args.push(`constant ${entry}_params &params [[buffer(${contract.bindings.length})]]`);
  args.push(...places.map((place) => PLACES[place]));
  return `${paramsStruct(`${entry}_params`, contract.params)}

kernel void ${entry}(
    ${args.join(',\n    ')}) {
${body}
}
`;
}

export interface ConstantDeclaration {
  readonly name: string;
  readonly index: number;
  readonly type: FunctionConstant['type'];
}

/** Declares function constants. */
export function constantsText(constants: readonly ConstantDeclaration[]): string {
  return constants
    .map(({ name, index, type }) => `constant ${type} ${name} [[function_constant(${index})]];`)
    .join('\n');
}

/** A whole text. */
export function moduleText(...parts: readonly string[]): string {
  return `#include <metal_stdlib>
using namespace metal;

${parts.filter((part) => part !== '').join('\n\n')}`;
}

/** Makes a text once for each key. */
export function cached<K extends string>(make: (key: K) => string): (key: K) => string {
  const texts = new Map<K, string>();
  return (key) => {
    const known = texts.get(key);
    if (known !== undefined) return known;
    const text = make(key);
    texts.set(key, text);
    return text;
  };
}

/** Threads of a threadgroup of a kernel over independent elements, and elements of each thread. */
export const MAP_THREADS = 256;
export const MAP_OWN = 4;
export const MAP_TILE = MAP_THREADS * MAP_OWN;

/** A body that runs `each` for every element `i` below `size`; neighbouring threads have neighbouring elements. */
export function mapBody(size: string, each: string): string {
  return `  const uint size = ${size};
  for (uint k = 0; k < ${MAP_OWN}; k++) {
    const uint i = group.x * ${MAP_TILE} + k * ${MAP_THREADS} + lane;
    if (i >= size) return;
${each}
  }`;
}
