import { defineKernel, openDevice, WickError } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { nullBackend } from '../src/null-backend.js';

const negate = defineKernel({ name: 'test.negate', bindings: { x: 'read', out: 'write' }, reference() {} });

describe('the null backend', () => {
  it('takes work, answers reads with zeros and counts calls', async () => {
    const factory = nullBackend();
    const device = await openDevice(factory);
    const x = device.createBuffer({ byteLength: 64 });
    const out = device.createBuffer({ byteLength: 64 });
    device.fill(x, 0x3f800000);
    for (let i = 0; i < 1000; i++) device.dispatch(negate, { bindings: { x, out }, grid: [16, 1, 1] });
    expect(await device.read(out)).toEqual(new Uint8Array(64));
    expect(device.stats().work.dispatches).toBe(1000);
    x.free();
    out.free();
    await device.close();
    expect(factory.calls).toEqual({ allocate: 2, free: 0, prepare: 1, submit: 4, destroy: 1 });
  });

  it('answers reads with garbage where asked', async () => {
    await using device = await openDevice(nullBackend({ garbage: true }));
    const x = device.createBuffer({ byteLength: 16 });
    device.fill(x);
    expect(new Float32Array((await device.read(x)).buffer)[0]).toBeNaN();
  });

  it('fails what is pending when it is destroyed', async () => {
    const device = await openDevice(nullBackend());
    const x = device.createBuffer({ byteLength: 16 });
    device.fill(x);
    const read = device.read(x).catch((thrown: unknown) => thrown);
    device.destroy();
    const error = await read;
    expect(error instanceof WickError && error.code).toBe('DEVICE_LOST');
    expect(await device.lost).toMatchObject({ reason: 'destroyed' });
  });
});
