import { describe, expect, it } from 'vitest';
import { GpuAllocation } from '../src/memory.js';
import type { WebGpuPipeline } from '../src/pipeline/pipeline.js';
import { BindGroups } from '../src/submission/bind-groups.js';
import { ParamsBuffer } from '../src/submission/params.js';

/** A cache over a device that only counts what it makes. */
function cacheOf(capacity: number) {
  let made = 0;
  const createBindGroup = () => ({ number: made++ });
  const device = { createBindGroup } as unknown as GPUDevice;
  const cache = new BindGroups(device, capacity);
  const layout = { id: 0, paramsBytes: 0, group: {} };
  const buffer = { size: 4096 } as unknown as GPUBuffer;
  const memory = [{ allocation: new GpuAllocation(buffer, 1), offset: 0 }];
  const params = new ParamsBuffer(device);
  return {
    cache,
    /** The number of the group that binds from `offset` on. */
    get: (offset: number) => {
      const bindings = [{ memory: 0, offset, byteLength: 16 }];
      const group: unknown = cache.get({ layout } as unknown as WebGpuPipeline, bindings, memory, params);
      return group;
    },
    made: () => made,
  };
}

describe('the cache of bind groups', () => {
  it('makes one for each thing that is bound', () => {
    const { get, made } = cacheOf(8);
    expect(get(0)).toBe(get(0));
    expect(get(0)).not.toBe(get(256));
    expect(made()).toBe(2);
  });

  it('never takes one for another, though their keys look alike to it', () => {
    const { get } = cacheOf(8);
    const far = 2 ** 32; // the same lower 32 bits, so the same hash
    const [near, other] = [get(0), get(far)];
    expect(other).not.toBe(near);
    expect(get(0)).not.toBe(other);
    expect(get(far)).not.toBe(near);
  });

  it('keeps no more than its bound, and longest what is used', () => {
    const { cache, get, made } = cacheOf(8);
    const kept = get(0);
    for (let i = 1; i < 100; i++) {
      get(256 * i);
      expect(get(0)).toBe(kept);
      expect(cache.size).toBeLessThanOrEqual(9);
    }
    expect(made()).toBe(100);
  });
});
