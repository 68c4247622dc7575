import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, rejection } from '../helpers/errors.js';
import { fakeDevice, increment, Work } from '../helpers/work.js';

let device: Device;
let work: Work;
beforeEach(async () => {
  device = await openDevice(cpu({ limits: { bindingAlignment: 256 } }));
  work = new Work(device);
  return () => device.close();
});

const words = (count: number) => work.upload(Array.from({ length: count }, (_, i) => i));

describe('alignment', () => {
  it.each([1, 2, 3, 5])('of a transfer: offset %i is refused', (offset) => {
    const x = words(64);
    const [odd, other] = [x.view(offset, 8), work.empty(2)];
    expect(codeOf(() => device.copy(odd, other))).toBe('INVALID_ALIGNMENT');
    expect(codeOf(() => device.copy(other, odd))).toBe('INVALID_ALIGNMENT');
    expect(codeOf(() => device.fill(odd))).toBe('INVALID_ALIGNMENT');
    expect(codeOf(() => device.write(x, new Uint8Array(8), { offset }))).toBe('INVALID_ALIGNMENT');
  });

  it('of a read: an odd offset or an odd length in the middle is refused', async () => {
    const x = words(64);
    expect(await rejection(device.read(x.view(1, 8)))).toBe('INVALID_ALIGNMENT');
    expect(await rejection(device.read(x.view(0, 7)))).toBe('INVALID_ALIGNMENT');
  });

  it('of a transfer to the odd end of a buffer is not asked for', async () => {
    const x = device.createBuffer({ byteLength: 7 });
    device.fill(x, 0x04030201);
    device.write(x, Uint8Array.of(9, 8, 7), { offset: 4 });
    const y = device.createBuffer({ byteLength: 7 });
    device.copy(x, y);
    expect([...(await device.read(y))]).toEqual([1, 2, 3, 4, 9, 8, 7]);
    expect([...(await device.read(y.view(4, 3)))]).toEqual([9, 8, 7]);
    expect(codeOf(() => device.write(x, Uint8Array.of(1), { offset: 0 }))).toBe('INVALID_ALIGNMENT');
  });

  it.each([4, 16, 128, 255, 257])('of a binding: offset %i is refused', (offset) => {
    const x = words(256);
    expect(codeOf(() => work.increment(x.view(offset, 16), 1))).toBe('INVALID_ALIGNMENT');
  });

  it('of a binding: a multiple of what the backend asks for is fine', async () => {
    const x = words(256);
    work.increment(x.view(256, 16), 100);
    expect((await work.read(x)).slice(63, 69)).toEqual([63, 164, 165, 166, 167, 68]);
  });

  it('of a binding: a length that holds no whole number of elements is refused', () => {
    const call = { bindings: { x: words(256).view(0, 6) }, params: { by: 1 }, grid: [1, 1, 1] as const };
    expect(codeOf(() => device.dispatch(increment, call))).toBe('INVALID_ALIGNMENT');
  });
});

describe('ranges of a write', () => {
  it.each([
    ['behind the end', 64],
    ['over the end', 60],
    ['before the beginning', -4],
    ['nowhere', Number.NaN],
    ['at a sum that overflows', Number.MAX_SAFE_INTEGER],
  ])('%s are refused', (_, offset) => {
    expect(codeOf(() => device.write(words(16), new Uint8Array(8), { offset }))).toBe('OUT_OF_RANGE');
  });

  it('that are too long are refused, and nothing is recorded', async () => {
    const x = words(2);
    expect(codeOf(() => device.write(x, new Uint32Array(3)))).toBe('OUT_OF_RANGE');
    expect(await work.read(x)).toEqual([0, 1]);
  });

  it.each([
    ['a list', [1, 2]],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['a text', '12345678'],
  ])('of %s are refused, and not taken for no bytes', (_, data) => {
    expect(codeOf(() => device.write(words(2), data as never))).toBe('INVALID_ARGUMENT');
  });

  it('take a part of a larger array', async () => {
    const x = words(2);
    device.write(x, Uint32Array.of(1, 2, 3, 4).subarray(2));
    expect(await work.read(x)).toEqual([3, 4]);
  });
});

describe('overlap', () => {
  it('of writable bindings of one dispatch is refused, byte by byte', () => {
    const x = words(256);
    const [a, b] = [x.view(0, 512), x.view(256, 512)];
    expect(codeOf(() => work.addInto(a, b, 1))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => work.addInto(a, a, 1))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => work.addInto(x, x.view(512, 4), 1))).toBe('INVALID_ARGUMENT');
  });

  it('of bindings that are only read is fine', async () => {
    const x = words(4);
    expect(await work.read(work.sum(x, x))).toEqual([0, 2, 4, 6]);
  });

  it('does not arise between disjoint and touching ranges of one buffer', async () => {
    const x = words(128);
    work.addInto(x.view(0, 256), x.view(256, 256), 1000);
    expect((await work.read(x)).slice(62, 67)).toEqual([62, 63, 1000, 1001, 1002]);
  });

  it('of a copy with itself is refused; between halves it is a copy', async () => {
    const x = words(4);
    expect(codeOf(() => device.copy(x, x))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => device.copy(x.view(0, 8), x.view(4, 8)))).toBe('INVALID_ARGUMENT');
    device.copy(x.view(0, 8), x.view(8, 8));
    expect(await work.read(x)).toEqual([0, 1, 0, 1]);
  });

  it('a copy between different lengths is refused', () => {
    expect(codeOf(() => device.copy(words(4), words(3)))).toBe('OUT_OF_RANGE');
  });
});

describe('unwritten memory', () => {
  it('cannot be read by any command; partly written memory only where it is written', async () => {
    const [x, y] = [work.empty(128), words(64)];
    expect(codeOf(() => work.add(x, 1))).toBe('UNWRITTEN');
    expect(codeOf(() => work.increment(x, 1))).toBe('UNWRITTEN');
    expect(codeOf(() => device.copy(x.view(0, 256), y))).toBe('UNWRITTEN');
    device.fill(x.view(0, 256), 3);
    expect(await work.read(work.add(x.view(0, 256), 1))).toEqual(new Array(64).fill(4));
    expect(codeOf(() => work.add(x, 1))).toBe('UNWRITTEN');
    expect(codeOf(() => work.add(x.view(256, 4), 1))).toBe('UNWRITTEN');
  });

  it('stays unwritten where a refused command would have written it', () => {
    const x = work.empty(4);
    expect(codeOf(() => work.addInto(work.empty(4), x, 1))).toBe('UNWRITTEN');
    expect(codeOf(() => work.add(x, 1))).toBe('UNWRITTEN');
  });

  it('of recycled memory is not what was there before', async () => {
    const { backend, device: fake, work: fakeWork } = await fakeDevice({ automatic: true });
    const secret = fakeWork.upload([42, 42, 42, 42]);
    await fake.idle();
    secret.free();
    const next = fakeWork.empty(4);
    fake.fill(next.view(0, 8), 1);
    await fake.idle();
    expect(backend.allocateCalls).toBe(1);
    expect(await rejection(fake.read(next))).toBe('UNWRITTEN');
    expect(await fakeWork.read(next.view(0, 8))).toEqual([1, 1]);
  });
});
