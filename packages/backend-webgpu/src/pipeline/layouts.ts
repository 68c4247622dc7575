/** Bind group layouts, shared by all pipelines whose bindings look alike, so that bind groups are shared too. */

import type { PipelineRequest } from '@wick/core';

/** The constant `GPUShaderStage.COMPUTE`, which not every host has as a global. */
const COMPUTE = 0x4;

export interface Layout {
  /** Unique on its device, so that it can stand for the layout in keys. */
  readonly id: number;
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
  /** Bytes of the parameter struct, which is bound after the last binding; 0 for none. */
  readonly paramsBytes: number;
}

export class Layouts {
  readonly #known = new Map<string, Layout>();

  constructor(private readonly device: GPUDevice) {}

  /**
   * The layout that a contract declares: `read` bindings read-only, all others writable.
   *
   * @param leastBytes what every bound range has at least, so that no dispatch has to be checked for it; 0
   * where a shader may want more than a vector of four
   */
  get({ kernel, dtypes }: PipelineRequest, leastBytes: number): Layout {
    const paramsBytes = kernel.params.byteLength;
    const access = kernel.bindings.map(({ access }, i) =>
      dtypes[i] === undefined ? '-' : access === 'read' ? 'r' : 'w',
    );
    const key = `${access.join('')}${paramsBytes},${leastBytes}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const entries: GPUBindGroupLayoutEntry[] = [];
    for (const [binding, letter] of access.entries()) {
      if (letter === '-') continue;
      const type = letter === 'r' ? 'read-only-storage' : 'storage';
      entries.push({ binding, visibility: COMPUTE, buffer: { type, minBindingSize: leastBytes } });
    }
    if (paramsBytes > 0) {
      const buffer = { type: 'uniform', hasDynamicOffset: true, minBindingSize: paramsBytes } as const;
      entries.push({ binding: access.length, visibility: COMPUTE, buffer });
    }
    const group = this.device.createBindGroupLayout({ label: key, entries });
    const pipeline = this.device.createPipelineLayout({ label: key, bindGroupLayouts: [group] });
    const layout = { id: this.#known.size, group, pipeline, paramsBytes };
    this.#known.set(key, layout);
    return layout;
  }
}
