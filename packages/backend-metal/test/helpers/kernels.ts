/** Kernels of tests: MSL of a user. */

import { defineKernel } from '@wick/core';

/** out[i] = x[i] * factor + add */
export const scale = defineKernel({
  name: 'test.scale',
  bindings: { x: 'read', out: 'write' },
  params: { size: 'u32', factor: 'f32', add: 'f32' },
  sources: {
    metal: {
      entryPoint: 'scale',
      msl: `#include <metal_stdlib>
using namespace metal;
struct Params { uint size; float factor; float add; };
kernel void scale(device const float *x [[buffer(0)]],
                  device float *out [[buffer(1)]],
                  constant Params &params [[buffer(2)]],
                  uint i [[thread_position_in_grid]]) {
  if (i < params.size) out[i] = x[i] * params.factor + params.add;
}
`,
    },
  },
});

/** x[i] += amount */
export const increase = defineKernel({
  name: 'test.increase',
  bindings: { x: 'readWrite' },
  params: { size: 'u32', amount: 'f32' },
  sources: {
    metal: {
      entryPoint: 'increase',
      msl: `#include <metal_stdlib>
using namespace metal;
struct Params { uint size; float amount; };
kernel void increase(device float *x [[buffer(0)]],
                     constant Params &params [[buffer(1)]],
                     uint i [[thread_position_in_grid]]) {
  if (i < params.size) x[i] += params.amount;
}
`,
    },
  },
});

/** Counts to `rounds`, so that work is in flight for a while. */
export const slow = defineKernel({
  name: 'test.slow',
  bindings: { x: { access: 'readWrite', dtypes: ['uint32'] } },
  params: { rounds: 'u32' },
  sources: {
    metal: {
      entryPoint: 'slow',
      tile: [1, 1, 1],
      threads: [32, 1, 1],
      msl: `#include <metal_stdlib>
using namespace metal;
struct Params { uint rounds; };
kernel void slow(device uint *x [[buffer(0)]],
                 constant Params &params [[buffer(1)]],
                 uint lane [[thread_position_in_threadgroup]]) {
  if (lane != 0) return;
  uint value = x[0];
  for (uint k = 0; k < params.rounds; k++) value = value * 1664525u + 1013904223u;
  x[0] = value;
}
`,
    },
  },
});
