/**
 * User kernels for graphs of commands: 32-bit integers, so every backend gives the same bits, and no two
 * of them commute, so a wrong order shows. Parameter `salt` makes each dispatch different.
 */

import {
  defineKernel,
  type KernelContract,
  type KernelSources,
  type MslSource,
  type WgslSource,
} from '@wick/core';

const UINT = { dtypes: ['uint32'] } as const;
const read = { access: 'read', ...UINT } as const;
const write = { access: 'write', ...UINT } as const;
const readWrite = { access: 'readWrite', ...UINT } as const;
const params = { salt: 'u32' } as const;

const multiply = Math.imul;

/** Declares the bindings in order, then the parameters, then one thread for each element of `sized`. */
function wgsl(
  bindings: Readonly<Record<string, 'read' | 'read_write'>>,
  sized: string,
  body: string,
): WgslSource {
  const declared = Object.entries(bindings).map(
    ([name, access], i) => `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<u32>;`,
  );
  return {
    wgsl: `${declared.join('\n')}
struct Params { salt: u32 }
@group(0) @binding(${declared.length}) var<uniform> params: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= arrayLength(&${sized})) { return; }
  ${body}
}`,
  };
}

/** As `wgsl`, and one thread for each grid point: a buffer of MSL does not know its length. */
function msl(bindings: Readonly<Record<string, 'read' | 'read_write'>>, body: string): MslSource {
  const declared = Object.entries(bindings).map(
    ([name, access], i) => `device ${access === 'read' ? 'const ' : ''}uint *${name} [[buffer(${i})]], `,
  );
  return {
    entryPoint: 'conformance_step',
    tile: [1, 1, 1],
    msl: `#include <metal_stdlib>
using namespace metal;
struct Params { uint salt; };
kernel void conformance_step(${declared.join('')}constant Params &params [[buffer(${declared.length})]],
                 uint i [[thread_position_in_grid]]) {
  ${body}
}`,
  };
}

/** One body that means the same in both languages. */
function sources(
  bindings: Readonly<Record<string, 'read' | 'read_write'>>,
  sized: string,
  body: string,
): KernelSources {
  return { webgpu: wgsl(bindings, sized, body), metal: msl(bindings, body) };
}

/** out = x * 1664525 + salt: a write that depends on what was read. */
export const mix = defineKernel({
  name: 'conformance.mix',
  bindings: { x: read, out: write },
  params,
  sources: sources({ x: 'read', out: 'read_write' }, 'out', 'out[i] = x[i] * 1664525u + params.salt;'),
  reference({ bindings: { x, out }, params: { salt } }) {
    for (let i = 0; i < out.length; i++) out[i] = multiply(x[i], 1664525) + salt;
  },
});

/** out = a * 3 + b * 5 + salt: two readers of possibly one range. */
export const blend = defineKernel({
  name: 'conformance.blend',
  bindings: { a: read, b: read, out: write },
  params,
  sources: sources(
    { a: 'read', b: 'read', out: 'read_write' },
    'out',
    'out[i] = a[i] * 3u + b[i] * 5u + params.salt;',
  ),
  reference({ bindings: { a, b, out }, params: { salt } }) {
    for (let i = 0; i < out.length; i++) out[i] = multiply(a[i], 3) + multiply(b[i], 5) + salt;
  },
});

/** data = data * 22695477 + salt: an update in place; two of other salts do not commute. */
export const stir = defineKernel({
  name: 'conformance.stir',
  bindings: { data: readWrite },
  params,
  sources: sources({ data: 'read_write' }, 'data', 'data[i] = data[i] * 22695477u + params.salt;'),
  reference({ bindings: { data }, params: { salt } }) {
    for (let i = 0; i < data.length; i++) data[i] = multiply(data[i], 22695477) + salt;
  },
});

/** data = data * 31 + x + salt: accumulates in an order that matters. */
export const absorb = defineKernel({
  name: 'conformance.absorb',
  bindings: { x: read, data: readWrite },
  params,
  sources: sources(
    { x: 'read', data: 'read_write' },
    'data',
    'data[i] = data[i] * 31u + x[i] + params.salt;',
  ),
  reference({ bindings: { x, data }, params: { salt } }) {
    for (let i = 0; i < data.length; i++) data[i] = multiply(data[i], 31) + x[i] + salt;
  },
});

/** low = x * 7 + salt, high = x * 11 - salt: two outputs of one dispatch. */
export const split = defineKernel({
  name: 'conformance.split',
  bindings: { x: read, low: write, high: write },
  params,
  sources: sources(
    { x: 'read', low: 'read_write', high: 'read_write' },
    'low',
    'low[i] = x[i] * 7u + params.salt; high[i] = x[i] * 11u - params.salt;',
  ),
  reference({ bindings: { x, low, high }, params: { salt } }) {
    for (let i = 0; i < low.length; i++) {
      low[i] = multiply(x[i], 7) + salt;
      high[i] = multiply(x[i], 11) - salt;
    }
  },
});

/** By the names that graphs use. */
export const graphKernels = { mix, blend, stir, absorb, split } as const;

export type GraphKernel = keyof typeof graphKernels;

/** The reference of one of them on plain arrays, in the order of its bindings. */
export function runReference(
  kernel: KernelContract<typeof params>,
  arrays: readonly Uint32Array[],
  salt: number,
): void {
  const bindings = Object.fromEntries(kernel.bindings.map(({ name }, i) => [name, arrays[i]]));
  kernel.reference?.({ bindings, params: { salt }, constants: {}, grid: [arrays[0].length, 1, 1] });
}
