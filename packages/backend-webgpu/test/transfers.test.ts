import { type Device, openDevice } from '@wick/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { noVulkan, onDawn } from './helpers/hosts.js';
import { increase, scale } from './helpers/kernels.js';

const floats = (bytes: Uint8Array) => Array.from(new Float32Array(bytes.buffer));

describeUnless(noVulkan, 'transfers', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(onDawn());
  });
  afterAll(() => device.close());

  const buffer = (byteLength: number, data?: ArrayBufferView) => {
    const made = device.createBuffer({ byteLength });
    if (data !== undefined) device.write(made, data);
    return made;
  };

  it.each([1, 2, 3, 4, 5, 63, 1025])('keep %i bytes, whatever the tail', async (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => i + 1);
    const first = buffer(length, bytes);
    const second = buffer(length);
    device.copy(first, second);
    expect(await device.read(second)).toEqual(bytes);
    expect(await device.read(first)).toEqual(bytes);
  });

  it('fill with any pattern, also beyond the length of the pattern in staging memory', async () => {
    const small = buffer(12);
    device.fill(small, 0x40490fdb);
    expect(floats(await device.read(small))).toEqual(Array(3).fill(Math.fround(Math.PI)));
    const large = buffer(3 * 2 ** 20 + 20);
    device.fill(large, 0x01020304);
    const words = new Uint32Array((await device.read(large)).buffer);
    expect(words.every((word) => word === 0x01020304)).toBe(true);
    device.fill(large.view(2 ** 20, 8), 0);
    const [before, first, second, after] = new Uint32Array((await device.read(large)).buffer).subarray(
      2 ** 18 - 1,
      2 ** 18 + 3,
    );
    expect([before, first, second, after]).toEqual([0x01020304, 0, 0, 0x01020304]);
  });

  it('stand in their place among dispatches of one submission', async () => {
    const x = buffer(16);
    const [early, late] = [buffer(16), buffer(16)];
    const grow = (amount: number) =>
      device.dispatch(increase, { bindings: { x }, params: { size: 4, amount }, grid: [4, 1, 1] });
    const reads = device.run(() => {
      device.write(x, Float32Array.of(1, 2, 3, 4));
      grow(10);
      device.copy(x, early);
      const middle = device.read(x);
      device.write(x, Float32Array.of(5, 6, 7, 8));
      grow(100);
      device.write(x.view(0, 4), Float32Array.of(-1));
      grow(1000);
      device.copy(x, late);
      device.fill(x);
      return [middle, device.read(x)];
    });
    expect(floats(await reads[0])).toEqual([11, 12, 13, 14]);
    expect(floats(await reads[1])).toEqual([0, 0, 0, 0]);
    expect(floats(await device.read(early))).toEqual([11, 12, 13, 14]);
    expect(floats(await device.read(late))).toEqual([999, 1106, 1107, 1108]);
  });

  it('copy inside one buffer, and dispatches read one view and write another', async () => {
    const whole = buffer(
      1024,
      Float32Array.from({ length: 256 }, (_, i) => i),
    );
    device.copy(whole.view(0, 16), whole.view(512, 16));
    const [x, out] = [whole.view(256, 256), whole.view(768, 256)];
    device.dispatch(scale, {
      bindings: { x, out },
      params: { size: 64, factor: 2, add: 1 },
      grid: [64, 1, 1],
    });
    const result = floats(await device.read(whole));
    expect(result.slice(128, 133)).toEqual([0, 1, 2, 3, 132]);
    expect(result.slice(192, 194)).toEqual([129, 131]);
    expect(result[255]).toBe(2 * 127 + 1);
    expect(result[127]).toBe(127);
  });

  it('answer many reads at once, each right', async () => {
    const reads = Array.from({ length: 200 }, (_, i) => device.read(buffer(8, Float32Array.of(i, -i))));
    const answers = await Promise.all(reads);
    expect(answers.map(floats)).toEqual(reads.map((_, i) => [i, -i]));
  });

  it('take parameters of many dispatches, more than the first buffer holds', async () => {
    const x = buffer(256);
    device.fill(x);
    device.run(() => {
      for (let i = 1; i <= 2000; i++) {
        device.dispatch(increase, { bindings: { x }, params: { size: 64, amount: i }, grid: [64, 1, 1] });
      }
    });
    expect(floats(await device.read(x))[63]).toBe(2001000);
  });
});
