/** Recordings by hand, for tests of the planner: it needs no device, only commands and what they touch. */

import { defineKernel, type PipelineRequest } from '@wick/core';
import {
  type Command,
  READ,
  READ_WRITE,
  type Recording,
  type Resource,
  type Use,
  WRITE,
} from '../../src/recording/commands.js';

/** A whole resource, or [resource, offset, byteLength]. */
export type Range = number | readonly [resource: number, offset: number, byteLength: number];

/** What a dispatch touches. */
export interface Touches {
  readonly reads?: readonly Range[];
  readonly writes?: readonly Range[];
  readonly updates?: readonly Range[];
  /** Bytes of its parameter struct. */
  readonly params?: readonly number[];
  readonly work?: number;
}

const kernel = defineKernel({ name: 'test.any', bindings: { out: 'write' }, reference: () => {} });

/** The variant that every dispatch made here asks for. */
export const REQUEST: PipelineRequest = {
  key: 'test.any',
  kernel,
  constants: {},
  dtypes: ['float32'],
  specialization: undefined,
};

/** Appends commands; resources are numbers, given out by `memory` and `temporary`. */
export class RecordingBuilder {
  readonly commands: Command[] = [];
  readonly resources: Resource[] = [];
  readonly #params: number[] = [];
  #downloads = 0;

  /** Memory that outlives the recording. */
  memory(byteLength: number, label = `m${this.resources.length}`): number {
    return this.resources.push({ byteLength, label, temporary: false }) - 1;
  }

  /** Memory whose whole life lies inside the recording. */
  temporary(byteLength: number, label = `t${this.resources.length}`): number {
    return this.resources.push({ byteLength, label, temporary: true }) - 1;
  }

  dispatch(label: string, touches: Touches): this {
    const uses = [
      ...(touches.reads ?? []).map((range) => this.use(range, READ)),
      ...(touches.writes ?? []).map((range) => this.use(range, WRITE)),
      ...(touches.updates ?? []).map((range) => this.use(range, READ_WRITE)),
    ];
    const params = touches.params ?? [];
    const paramsOffset = this.#params.length;
    this.#params.push(...params);
    return this.add({
      kind: 'dispatch',
      label,
      uses,
      bindings: uses.map((_, i) => i),
      request: REQUEST,
      paramsOffset,
      paramsLength: params.length,
      patches: [],
      grid: [1, 1, 1],
      work: touches.work ?? 1,
    });
  }

  copy(source: Range, destination: Range, label = 'copy'): this {
    return this.add({
      kind: 'copy',
      label,
      uses: [this.use(source, READ), this.use(destination, WRITE)],
    });
  }

  fill(destination: Range, value = 0, label = 'fill'): this {
    return this.add({ kind: 'fill', label, uses: [this.use(destination, WRITE)], value });
  }

  upload(destination: Range, label = 'upload'): this {
    const use = this.use(destination, WRITE);
    return this.add({ kind: 'upload', label, uses: [use], data: new Uint8Array(use.byteLength) });
  }

  download(source: Range, label = 'download'): this {
    const use = this.use(source, READ);
    return this.add({ kind: 'download', label, uses: [use], download: this.#downloads++ });
  }

  add(command: Command): this {
    this.commands.push(command);
    return this;
  }

  use(range: Range, access: number): Use {
    if (typeof range !== 'number') {
      return { resource: range[0], offset: range[1], byteLength: range[2], access };
    }
    return { resource: range, offset: 0, byteLength: this.resources[range].byteLength, access };
  }

  build(label = 'test'): Recording {
    const { commands, resources } = this;
    return { label, commands, resources, params: Uint8Array.from(this.#params) };
  }
}
