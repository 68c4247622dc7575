import { type Buffer, type Device, openDevice } from '@wick/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { webgpu } from '../src/index.js';
import { type Calls, countingGpu } from './helpers/calls.js';
import { scale } from './helpers/kernels.js';

const BYTES = 1024;
const SIZE = BYTES / 4;

function scaled(device: Device, x: Buffer, factor: number): Buffer {
  const out = device.createBuffer({ byteLength: BYTES });
  const params = { size: SIZE, factor, add: 0 };
  device.dispatch(scale, { bindings: { x, out }, params, grid: [SIZE, 1, 1] });
  return out;
}

/** `length` dispatches, each on the result of the one before. */
function chain(device: Device, x: Buffer, length: number): Buffer {
  let last = x;
  for (let i = 0; i < length; i++) last = scaled(device, last, i);
  return last;
}

describe('the WebGPU calls of a submission', () => {
  let device: Device;
  let calls: Calls;
  const seen = (...names: string[]) => names.map((name) => calls.get(name) ?? 0);

  beforeEach(async () => {
    const counting = countingGpu();
    calls = counting.calls;
    device = await openDevice(webgpu({ gpu: counting.gpu }));
  });
  afterEach(() => device.close());

  it('are one encoder, one pass, one upload of parameters, one submit', async () => {
    const x = device.createBuffer({ byteLength: BYTES });
    device.fill(x);
    await device.idle();
    calls.clear();
    device.run(() => chain(device, x, 20));
    await device.idle();
    expect(seen('createCommandEncoder', 'beginComputePass', 'writeBuffer', 'submit')).toEqual([1, 1, 1, 1]);
    expect(seen('setPipeline', 'setBindGroup', 'dispatchWorkgroups')).toEqual([1, 20, 20]);
  });

  it('set a bind group again only where it or its parameters differ', async () => {
    const x = device.createBuffer({ byteLength: BYTES });
    const out = device.createBuffer({ byteLength: BYTES });
    device.fill(x);
    const params = { size: SIZE, factor: 1, add: 0 };
    device.run(() => {
      for (let i = 0; i < 5; i++)
        device.dispatch(scale, { bindings: { x, out }, params, grid: [SIZE, 1, 1] });
    });
    await device.idle();
    expect(seen('createBindGroup')).toEqual([1]);
  });

  it('of a replay make nothing: no bind group, no buffer', async () => {
    const plan = device.compile({ x: BYTES }, ({ x }) => ({ out: chain(device, x, 50) }));
    const x = device.createBuffer({ byteLength: BYTES });
    device.fill(x);
    const replay = async () => {
      const { out } = plan.run({ x });
      await device.idle();
      out.free();
    };
    // The pool hands out the same memory again from the second replay on.
    for (let i = 0; i < 3; i++) await replay();
    calls.clear();
    await replay();
    expect(seen('createBindGroup', 'createBuffer', 'createBindGroupLayout')).toEqual([0, 0, 0]);
    expect(seen('setPipeline', 'dispatchWorkgroups', 'submit')).toEqual([1, 50, 1]);
    plan.free();
  });

  it('of a plan made afresh on known memory make no bind group either', async () => {
    const x = device.createBuffer({ byteLength: BYTES });
    device.fill(x);
    const step = async () => {
      device.run(() => chain(device, x, 50)).free();
      await device.idle();
    };
    for (let i = 0; i < 3; i++) await step();
    calls.clear();
    await step();
    expect(seen('createBindGroup', 'createBuffer')).toEqual([0, 0]);
  });

  it('write leading uploads straight into memory, later ones through staging', async () => {
    const x = device.createBuffer({ byteLength: BYTES });
    device.run(() => {
      device.write(x, new Float32Array(SIZE));
      const out = scaled(device, x, 2);
      device.write(x, new Float32Array(SIZE).fill(1));
      return out;
    });
    await device.idle();
    // Parameters, the first upload, and the second one into staging memory.
    expect(seen('writeBuffer', 'copyBufferToBuffer', 'submit')).toEqual([3, 1, 1]);
  });

  it('of reads and later uploads find their staging memory in a pool', async () => {
    const x = device.createBuffer({ byteLength: BYTES });
    const roundTrip = async () => {
      device.run(() => {
        device.fill(x);
        device.write(x, new Float32Array(SIZE));
      });
      await device.read(x);
    };
    for (let i = 0; i < 2; i++) await roundTrip();
    calls.clear();
    for (let i = 0; i < 5; i++) await roundTrip();
    expect(seen('createBuffer', 'submit')).toEqual([0, 10]);
    expect(calls.get('copyBufferToBuffer')).toBe(10);
  });

  it('compile no pipeline twice, and none that was warmed up', async () => {
    const x = device.createBuffer({ byteLength: BYTES });
    device.fill(x);
    await device.warmUp(() => void chain(device, x, 3));
    await device.idle();
    expect(seen('createComputePipelineAsync', 'dispatchWorkgroups')).toEqual([1, 0]);
    calls.clear();
    device.run(() => chain(device, x, 3));
    await device.idle();
    expect(seen('createComputePipelineAsync', 'createShaderModule', 'dispatchWorkgroups')).toEqual([0, 0, 3]);
  });

  it('clear zeros, and fill with anything else from a pattern', async () => {
    const [zeros, ones] = [
      device.createBuffer({ byteLength: BYTES }),
      device.createBuffer({ byteLength: BYTES }),
    ];
    device.fill(zeros);
    device.fill(ones, 0x3f800000);
    await device.idle();
    expect(seen('clearBuffer', 'copyBufferToBuffer', 'writeBuffer')).toEqual([1, 1, 1]);
  });
});
