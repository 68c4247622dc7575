/** Small pieces of work on words (uint32) that tests of a device are made of. */

import {
  type Buffer,
  type Device,
  type DeviceOptions,
  defineKernel,
  openDevice,
  type ReplayParam,
} from '@wick/core';
import { FakeBackend, type FakeOptions } from './fake-backend.js';

const words = { dtypes: ['uint32'] } as const;

/** out[i] = x[i] + by */
export const add = defineKernel({
  name: 'test.add',
  bindings: { x: { access: 'read', ...words }, out: { access: 'write', ...words } },
  params: { by: 'u32' },
  reference({ bindings, params }) {
    bindings.out.forEach((_, i) => {
      bindings.out[i] = bindings.x[i] + params.by;
    });
  },
});

/** x[i] = x[i] + by */
export const increment = defineKernel({
  name: 'test.increment',
  bindings: { x: { access: 'readWrite', ...words } },
  params: { by: 'u32' },
  reference({ bindings, params }) {
    bindings.x.forEach((value, i) => {
      bindings.x[i] = value + params.by;
    });
  },
});

/** out[i] = x[i] + y[i] */
export const sum = defineKernel({
  name: 'test.sum',
  bindings: {
    x: { access: 'read', ...words },
    y: { access: 'read', ...words },
    out: { access: 'write', ...words },
  },
  reference({ bindings }) {
    bindings.out.forEach((_, i) => {
      bindings.out[i] = bindings.x[i] + bindings.y[i];
    });
  },
});

/** Records work; a thin layer, so that tests say what they mean in one line. */
export class Work {
  constructor(readonly device: Device) {}

  empty(count: number, label?: string): Buffer {
    return this.device.createBuffer({ byteLength: 4 * count, ...(label === undefined ? {} : { label }) });
  }

  upload(values: readonly number[], label?: string): Buffer {
    const buffer = this.empty(values.length, label);
    this.device.write(buffer, Uint32Array.from(values));
    return buffer;
  }

  /** A new buffer with `x` + `by`. */
  add(x: Buffer, by: number | ReplayParam, label?: string): Buffer {
    const out = this.device.createBuffer({ byteLength: x.byteLength, label: label ?? 'sum' });
    this.addInto(x, out, by, label);
    return out;
  }

  addInto(x: Buffer, out: Buffer, by: number | ReplayParam, label?: string): void {
    const grid = [Math.max(1, x.byteLength / 4), 1, 1] as const;
    const call = { bindings: { x, out }, params: { by }, grid };
    this.device.dispatch(add, label === undefined ? call : { ...call, label });
  }

  increment(x: Buffer, by: number | ReplayParam, label?: string): void {
    const call = { bindings: { x }, params: { by }, grid: [Math.max(1, x.byteLength / 4), 1, 1] as const };
    this.device.dispatch(increment, label === undefined ? call : { ...call, label });
  }

  sum(x: Buffer, y: Buffer, label?: string): Buffer {
    const out = this.device.createBuffer({ byteLength: x.byteLength, label: label ?? 'sum' });
    const call = { bindings: { x, y, out }, grid: [Math.max(1, x.byteLength / 4), 1, 1] as const };
    this.device.dispatch(sum, label === undefined ? call : { ...call, label });
    return out;
  }

  async read(buffer: Buffer): Promise<number[]> {
    return wordsOf(await this.device.read(buffer));
  }
}

export function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): number[] {
  return [...new Uint32Array(buffer, byteOffset, byteLength >> 2)];
}

/** A device on a backend that the test controls. */
export async function fakeDevice(options: FakeOptions = {}, device: DeviceOptions = {}) {
  const backend = new FakeBackend(options);
  const opened = await openDevice({ name: 'fake', open: async () => backend }, device);
  return { backend, device: opened, work: new Work(opened) };
}

/** Lets everything happen that can happen without the outside world. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise is settled by the next turn of the event loop. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await turn();
  return settled;
}
