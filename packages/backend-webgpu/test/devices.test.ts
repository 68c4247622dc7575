/** Devices beside each other, and what they leave alone. */

import { type Device, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { create } from 'webgpu';
import { describeUnless } from '#shared';
import { webgpu } from '../src/index.js';
import { noVulkan, onDawn, onNull } from './helpers/hosts.js';
import { scale } from './helpers/kernels.js';

/** Kept, because Dawn ends with it. */
const gpu = create(['backend=null']);

async function scaled(device: Device, values: readonly number[], factor: number): Promise<number[]> {
  const byteLength = 4 * values.length;
  const [x, out] = [device.createBuffer({ byteLength }), device.createBuffer({ byteLength })];
  device.write(x, Float32Array.from(values));
  const params = { size: values.length, factor, add: 0 };
  device.dispatch(scale, { bindings: { x, out }, params, grid: [values.length, 1, 1] });
  const bytes = await device.read(out);
  x.free();
  out.free();
  return [...new Float32Array(bytes.buffer, bytes.byteOffset, values.length)];
}

describeUnless(noVulkan, 'two devices', () => {
  it('compute side by side, and outlive each other', async () => {
    const [first, second] = await Promise.all([openDevice(onDawn()), openDevice(onDawn())]);
    const work = [1, 2, 3].flatMap((n) => [scaled(first, [1, n], 10), scaled(second, [n, 1], 100)]);
    expect(await Promise.all(work)).toEqual([
      [10, 10],
      [100, 100],
      [10, 20],
      [200, 100],
      [10, 30],
      [300, 100],
    ]);
    first.destroy();
    expect(await scaled(second, [4], 2)).toEqual([8]);
    const again = await first.reopen();
    expect(await scaled(again, [5], 2)).toEqual([10]);
    await Promise.all([second.close(), again.close()]);
  });
});

describe('a device', () => {
  it('sets no global, and leaves the environment as it was', async () => {
    const globals = Object.getOwnPropertyNames(globalThis);
    const environment = { ...process.env };
    const device = await openDevice(onNull());
    await device.close();
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(globals);
    expect('gpu' in (globalThis.navigator ?? {})).toBe(false);
    expect(process.env).toEqual(environment);
  });

  it('takes a GPU that is handed in, and asks it alone', async () => {
    const asked: unknown[] = [];
    const handedIn: Pick<GPU, 'requestAdapter' | 'wgslLanguageFeatures'> = {
      wgslLanguageFeatures: gpu.wgslLanguageFeatures,
      requestAdapter: (options) => {
        asked.push(options);
        return gpu.requestAdapter(options);
      },
    };
    const device = await openDevice(webgpu({ gpu: handedIn as GPU, powerPreference: 'low-power' }));
    expect(asked).toEqual([{ powerPreference: 'low-power' }]);
    await device.close();
  });

  it('does not take buffers of another', async () => {
    const [first, second] = await Promise.all([openDevice(onNull()), openDevice(onNull())]);
    const buffer = first.createBuffer({ byteLength: 16 });
    expect(() => second.fill(buffer)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    await Promise.all([first.close(), second.close()]);
  });

  it('asks for the limits of its adapter, and refuses a tensor above them', async () => {
    const adapter = await gpu.requestAdapter();
    if (adapter === null) throw new Error('no null adapter');
    const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
    const device = await openDevice(webgpu({ adapter }));
    expect(device.limits.maxBindingBytes).toBe(Math.floor(maxStorageBufferBindingSize / 16) * 16);
    expect(device.limits.maxAllocationBytes).toBe(Math.floor(maxBufferSize / 16) * 16);
    await device.close();

    const small = await openDevice(onNull({ limits: { maxBindingBytes: 1024 } }));
    const [x, out] = [1024, 1040].map((byteLength) => small.createBuffer({ byteLength }));
    small.fill(x);
    const dispatch = (count: number) =>
      small.dispatch(scale, {
        bindings: { x, out: count > 256 ? out : out.view(0, 1024) },
        params: { size: count, factor: 1, add: 0 },
        grid: [count, 1, 1],
      });
    expect(() => dispatch(260)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    dispatch(256);
    await small.close();
  });
});
