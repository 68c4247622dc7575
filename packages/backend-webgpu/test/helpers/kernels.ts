/** Kernels of tests: WGSL of a user. */

import { defineKernel } from '@wick/core';

/** out[i] = x[i] * factor + add; 64 elements a workgroup. */
export const scale = defineKernel({
  name: 'test.scale',
  bindings: { x: 'read', out: 'write' },
  params: { size: 'u32', factor: 'f32', add: 'f32' },
  sources: {
    webgpu: {
      wgsl: `
struct Params { size: u32, factor: f32, add: f32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.size) { out[id.x] = x[id.x] * params.factor + params.add; }
}`,
    },
  },
});

/** x[i] += amount */
export const increase = defineKernel({
  name: 'test.increase',
  bindings: { x: 'readWrite' },
  params: { size: 'u32', amount: 'f32' },
  sources: {
    webgpu: {
      wgsl: `
struct Params { size: u32, amount: f32 }
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.size) { x[id.x] += params.amount; }
}`,
    },
  },
});
