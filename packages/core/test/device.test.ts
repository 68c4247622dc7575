import { cpu } from '@wick/backend-cpu';
import { defineKernel, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';

const scale = defineKernel({
  name: 'test.scale',
  bindings: { x: 'read', out: 'write' },
  params: { n: 'u32', a: 'f32' },
  reference({ bindings, params }) {
    for (let i = 0; i < params.n; i++) bindings.out[i] = params.a * bindings.x[i];
  },
});

describe('device', () => {
  it('runs a chain of a user kernel and reads it', async () => {
    const device = await openDevice(cpu());
    const x = device.createBuffer({ byteLength: 16, label: 'x' });
    device.write(x, new Float32Array([1, 2, 3, 4]));
    const y = device.run(() => {
      let at = x;
      for (let i = 0; i < 5; i++) {
        const out = device.createBuffer({ byteLength: 16, label: `t${i}` });
        device.dispatch(scale, { bindings: { x: at, out }, params: { n: 4, a: 2 }, grid: [4, 1, 1] });
        at = out;
      }
      return at;
    });
    const bytes = await device.read(y);
    expect([...new Float32Array(bytes.buffer)]).toEqual([32, 64, 96, 128]);
    console.log(device.stats());
    await device.close();
  });
});
