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

/** A group with all that tells it from others. */
interface Entry {
  readonly key: readonly number[];
  readonly group: GPUBindGroup;
}

export class BindGroups {
  // Two generations instead of a list by age: a group that is used again moves to the young one; when that
  // is full the old one is dropped. Entries stand by the hash of their keys; of two with one hash the later stays.
  #young = new Map<number, Entry>();
  #old = new Map<number, Entry>();
  /** Begins with that of the group that is looked up; one array for all, because every dispatch looks one up. */
  readonly #key: number[] = [];

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
    const key = this.#key;
    key[0] = layout.id;
    key[1] = layout.paramsBytes > 0 ? params.id : -1;
    let length = 2;
    for (let i = 0; i < bindings.length; i++) {
      const range = bindings[i];
      if (range === undefined) continue; // the layout says which
      const { allocation, offset } = memory[range.memory];
      key[length++] = (allocation as GpuAllocation).id;
      key[length++] = offset + range.offset;
      key[length++] = range.byteLength;
    }
    const hash = hashOf(key, length);
    let entry = this.#young.get(hash);
    if (entry !== undefined && equal(entry.key, key, length)) return entry.group;
    entry = this.#old.get(hash);
    if (entry === undefined || !equal(entry.key, key, length)) {
      entry = { key: key.slice(0, length), group: this.#create(layout, bindings, memory, params) };
    }
    if (this.#young.size >= this.capacity / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(hash, entry);
    return entry.group;
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

/** 30 bits, which V8 keeps without a box. Offsets differ in their upper bits only, so those are folded down. */
function hashOf(key: readonly number[], length: number): number {
  let hash = 0;
  for (let i = 0; i < length; i++) {
    hash = Math.imul(hash ^ key[i], 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & 0x3fffffff;
}

function equal(known: readonly number[], key: readonly number[], length: number): boolean {
  if (known.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== key[i]) return false;
  return true;
}
