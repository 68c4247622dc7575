/** Bind groups, kept by what they bind. Making one costs as much as several dispatches. */

import type { MemoryEntry, StepRange } from '@wick/core';
import { type GpuAllocation, gpuAllocation } from '../memory.js';
import type { WebGpuPipeline } from '../pipeline/pipeline.js';
import type { ParamsBuffer } from './params.js';

/**
 * Bytes to which bindings are rounded up, so that shaders may read vectors of four. Allocations are
 * multiples of it, and so are the offsets of bindings: no other binding begins inside.
 */
const GRANULARITY = 16;

export class BindGroups {
  // Two generations instead of a list by age: a group that is used again moves to the young one; when that
  // is full the old one is dropped.
  #young = new Map<string, GPUBindGroup>();
  #old = new Map<string, GPUBindGroup>();

  /** @param capacity most groups that are kept */
  constructor(
    private readonly device: GPUDevice,
    private readonly capacity = 8192,
  ) {}

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(
    { layout }: WebGpuPipeline,
    bindings: readonly (StepRange | undefined)[],
    memory: readonly MemoryEntry[],
    params: ParamsBuffer,
  ): GPUBindGroup {
    let key = `${layout.id}/${layout.paramsBytes > 0 ? params.id : ''}`;
    for (const range of bindings) {
      if (range === undefined) continue;
      const { allocation, offset } = memory[range.memory];
      key += `/${(allocation as GpuAllocation).id},${offset + range.offset},${range.byteLength}`;
    }
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const group = this.#old.get(key) ?? this.#create(layout, bindings, memory, params);
    if (this.#young.size >= this.capacity / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, group);
    return group;
  }

  #create(
    layout: WebGpuPipeline['layout'],
    bindings: readonly (StepRange | undefined)[],
    memory: readonly MemoryEntry[],
    params: ParamsBuffer,
  ): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = [];
    for (const [binding, range] of bindings.entries()) {
      if (range === undefined) continue;
      const { allocation, offset } = memory[range.memory];
      const size = Math.ceil(range.byteLength / GRANULARITY) * GRANULARITY;
      const { buffer } = gpuAllocation(allocation);
      entries.push({ binding, resource: { buffer, offset: offset + range.offset, size } });
    }
    if (layout.paramsBytes > 0) {
      const resource = { buffer: params.buffer, size: layout.paramsBytes };
      entries.push({ binding: bindings.length, resource });
    }
    return this.device.createBindGroup({ layout: layout.group, entries });
  }
}
