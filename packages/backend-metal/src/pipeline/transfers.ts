/** Kernels that move words, so that transfers need no encoder of their own. */

import type { MslShader } from '../kernel.js';

/** Words that one threadgroup covers; `native/encode.mm` knows it too. */
const TILE = 1024;
const THREADS = 256;

// Scalars and not vectors: transfers are aligned to 4 bytes only. Neighbouring threads touch neighbouring words.
const SOURCE = `#include <metal_stdlib>
using namespace metal;

struct Params { uint count; uint value; };

kernel void wick_copy(device const uint *source [[buffer(0)]],
                      device uint *destination [[buffer(1)]],
                      constant Params &params [[buffer(2)]],
                      uint group [[threadgroup_position_in_grid]],
                      uint lane [[thread_position_in_threadgroup]]) {
  for (uint k = 0; k < ${TILE}; k += ${THREADS}) {
    const uint i = group * ${TILE} + k + lane;
    if (i < params.count) destination[i] = source[i];
  }
}

kernel void wick_fill(device uint *destination [[buffer(0)]],
                      constant Params &params [[buffer(1)]],
                      uint group [[threadgroup_position_in_grid]],
                      uint lane [[thread_position_in_threadgroup]]) {
  for (uint k = 0; k < ${TILE}; k += ${THREADS}) {
    const uint i = group * ${TILE} + k + lane;
    if (i < params.count) destination[i] = params.value;
  }
}
`;

export const COPY: MslShader = { source: SOURCE, entry: 'wick_copy', threads: THREADS, tile: TILE };
export const FILL: MslShader = { source: SOURCE, entry: 'wick_fill', threads: THREADS, tile: TILE };
