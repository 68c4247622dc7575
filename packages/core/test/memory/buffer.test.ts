import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, rejection } from '../helpers/errors.js';
import { Work } from '../helpers/work.js';

let device: Device;
let work: Work;
beforeAll(async () => {
  device = await openDevice(cpu());
  work = new Work(device);
});
afterAll(() => device.close());

describe('views', () => {
  it('share the memory of their buffer', async () => {
    const base = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    const view = base.view(16, 16);
    work.increment(view, 10);
    expect(await work.read(base)).toEqual([1, 2, 3, 4, 15, 16, 17, 18]);
    expect(await work.read(view)).toEqual([15, 16, 17, 18]);
  });

  it('of views count from the view', async () => {
    const base = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await work.read(base.view(8, 24).view(4, 8))).toEqual([4, 5]);
  });

  it('die with their buffer, not the other way round', async () => {
    const base = work.upload([1, 2]);
    const view = base.view(0, 4);
    view.free();
    expect([view.freed, base.freed]).toEqual([true, false]);
    expect(await work.read(base)).toEqual([1, 2]);
    const other = base.view(4, 4);
    base.free();
    expect(other.freed).toBe(true);
    expect(await rejection(device.read(other))).toBe('BUFFER_FREED');
    expect(codeOf(() => other.view(0, 4))).toBe('BUFFER_FREED');
    expect(codeOf(() => other.free())).toBe('BUFFER_FREED');
  });

  it.each([
    ['a negative offset', -4, 4],
    ['a negative length', 0, -4],
    ['an end behind the buffer', 12, 8],
    ['a fractional offset', 0.5, 4],
    ['NaN', Number.NaN, 4],
    ['an infinite length', 0, Number.POSITIVE_INFINITY],
    ['a sum that is no safe integer', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['an offset above 2^53', 2 ** 53 + 2, 4],
  ])('refuse %s', (_, offset, byteLength) => {
    expect(codeOf(() => work.upload([1, 2, 3, 4]).view(offset, byteLength))).toBe('OUT_OF_RANGE');
  });
});

describe('freeing', () => {
  it('twice is an error, disposing twice is not', () => {
    const buffer = work.upload([1]);
    buffer.free();
    expect(codeOf(() => buffer.free())).toBe('BUFFER_FREED');
    buffer[Symbol.dispose]();
  });

  it('with `using` happens at the end of the block', () => {
    const before = device.stats().buffers.live;
    {
      using buffer = work.upload([1]);
      expect(device.stats().buffers.live).toBe(before + 1);
      expect(buffer.freed).toBe(false);
    }
    expect(device.stats().buffers.live).toBe(before);
  });

  it('refuses every later use where it is recorded', async () => {
    const [x, y] = [work.upload([1]), work.upload([2])];
    x.free();
    expect(codeOf(() => device.write(x, Uint32Array.of(1)))).toBe('BUFFER_FREED');
    expect(codeOf(() => device.fill(x))).toBe('BUFFER_FREED');
    expect(codeOf(() => device.copy(x, y))).toBe('BUFFER_FREED');
    expect(codeOf(() => device.copy(y, x))).toBe('BUFFER_FREED');
    expect(codeOf(() => work.add(x, 1))).toBe('BUFFER_FREED');
    expect(codeOf(() => work.addInto(y, x, 1))).toBe('BUFFER_FREED');
    expect(codeOf(() => x.view(0, 4))).toBe('BUFFER_FREED');
    expect(await rejection(device.read(x))).toBe('BUFFER_FREED');
    expect(await work.read(y)).toEqual([2]);
  });

  it('lets commands that were recorded before still run', async () => {
    const x = work.upload([1]);
    const y = work.add(x, 1);
    x.free();
    expect(await work.read(y)).toEqual([2]);
  });

  it('refuses a freed buffer without bytes too', async () => {
    const empty = work.empty(0);
    expect((await device.read(empty)).byteLength).toBe(0);
    empty.free();
    expect(await rejection(device.read(empty))).toBe('BUFFER_FREED');
    let inRun: Promise<string> | undefined;
    device.run(() => {
      inRun = rejection(device.read(empty));
    });
    expect(await inRun).toBe('BUFFER_FREED');
  });
});
