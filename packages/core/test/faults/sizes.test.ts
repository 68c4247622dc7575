import { cpu } from '@wick/backend-cpu';
import { type Device, defineKernel, openDevice } from '@wick/core';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf, rejection } from '../helpers/errors.js';
import { fakeDevice, Work } from '../helpers/work.js';

const LIMIT = 4096;

let opened: Device | undefined;
afterEach(() => opened?.close());

async function cpuWork() {
  opened = await openDevice(cpu({ limits: { maxAllocationBytes: LIMIT, maxBindingBytes: LIMIT / 2 } }));
  return { device: opened, work: new Work(opened) };
}

describe('the size of a buffer', () => {
  it.each([
    ['NaN', Number.NaN, 'INVALID_ARGUMENT'],
    ['negative', -16, 'INVALID_ARGUMENT'],
    ['fractional', 16.5, 'INVALID_ARGUMENT'],
    ['infinite', Number.POSITIVE_INFINITY, 'INVALID_ARGUMENT'],
    ['2^53', 2 ** 53, 'INVALID_ARGUMENT'],
    ['a string', '16', 'INVALID_ARGUMENT'],
    ['missing', undefined, 'INVALID_ARGUMENT'],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER, 'LIMIT_EXCEEDED'],
    ['limit + 1', LIMIT + 1, 'LIMIT_EXCEEDED'],
    ['limit', LIMIT, 'nothing was thrown'],
    ['limit - 1', LIMIT - 1, 'nothing was thrown'],
    ['0', 0, 'nothing was thrown'],
  ])('that is %s', async (_, byteLength, expected) => {
    const { device } = await cpuWork();
    expect(codeOf(() => device.createBuffer({ byteLength: byteLength as number }))).toBe(expected);
  });

  it('is checked before any call of the backend', async () => {
    const { backend, device } = await fakeDevice({ limits: { maxAllocationBytes: LIMIT } });
    for (const byteLength of [Number.NaN, -1, LIMIT + 1]) codeOf(() => device.createBuffer({ byteLength }));
    expect([backend.allocateCalls, backend.submissions.length]).toEqual([0, 0]);
  });

  it.each([LIMIT, LIMIT - 1, LIMIT - 4095])('of %i bytes holds every byte', async (byteLength) => {
    const { device } = await cpuWork();
    const buffer = device.createBuffer({ byteLength });
    const bytes = Uint8Array.from({ length: byteLength }, (_, i) => i % 251);
    device.write(buffer, bytes);
    expect(await device.read(buffer)).toEqual(bytes);
  });

  it('of a binding is bounded by itself', async () => {
    const { device, work } = await cpuWork();
    const large = device.createBuffer({ byteLength: LIMIT });
    device.fill(large, 1);
    expect(codeOf(() => work.increment(large, 1))).toBe('LIMIT_EXCEEDED');
    work.increment(large.view(0, LIMIT / 2), 1);
    const bytes = await device.read(large);
    expect([bytes[0], bytes[LIMIT / 2]]).toEqual([2, 1]);
  });
});

describe('no elements', () => {
  it('need no allocation, and every command on them completes', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const [a, b] = [work.empty(0), work.empty(0)];
    device.write(a, new Uint8Array(0));
    device.fill(a);
    device.copy(a, b);
    expect((await device.read(a)).byteLength).toBe(0);
    await device.idle();
    expect([backend.allocateCalls, backend.submissions.length]).toEqual([0, 0]);
  });

  it('make a dispatch that does nothing: its grid holds a zero', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const empty = work.empty(0);
    const kernel = defineKernel({
      name: 'test.nothing',
      bindings: { out: 'write' },
      params: { n: 'u32' },
      reference() {
        throw new Error('it ran');
      },
    });
    for (const grid of [
      [0, 1, 1],
      [1, 0, 1],
      [5, 5, 0],
    ] as const) {
      device.dispatch(kernel, { bindings: { out: empty }, params: { n: 0 }, grid });
    }
    await device.idle();
    expect(backend.submissions.length).toBe(0);
    const call = { bindings: { out: empty }, params: { n: -1 }, grid: [0, 1, 1] as const };
    expect(codeOf(() => device.dispatch(kernel, call))).toBe('INVALID_ARGUMENT');
  });

  it('may stand beside others in a dispatch, and in the middle of what is written or unwritten', async () => {
    const { device, work } = await cpuWork();
    const x = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    const empty = work.empty(0);
    const count = defineKernel({
      name: 'test.count',
      bindings: { a: { access: 'read', dtypes: ['uint32'] }, out: { access: 'write', dtypes: ['uint32'] } },
      reference({ bindings }) {
        bindings.out.fill(7);
      },
    });
    device.dispatch(count, { bindings: { a: empty, out: x }, grid: [8, 1, 1] });
    device.dispatch(count, { bindings: { a: x.view(16, 0), out: x }, grid: [8, 1, 1] });
    const unwritten = work.empty(8);
    device.dispatch(count, { bindings: { a: unwritten.view(16, 0), out: x }, grid: [8, 1, 1] });
    expect(await work.read(x)).toEqual(new Array(8).fill(7));
    expect(await work.read(unwritten.view(16, 0))).toEqual([]);
    expect(await rejection(device.read(unwritten))).toBe('UNWRITTEN');
  });
});

describe('the grid and the work of a dispatch', () => {
  it.each([
    ['a negative count', [-1, 1, 1]],
    ['a fraction', [1.5, 1, 1]],
    ['NaN', [Number.NaN, 1, 1]],
    ['2^32', [2 ** 32, 1, 1]],
    ['two counts', [1, 1]],
    ['four counts', [1, 1, 1, 1]],
  ])('may not have %s', async (_, grid) => {
    const { device, work } = await cpuWork();
    const x = work.upload([1]);
    const kernel = defineKernel({ name: 'test.grid', bindings: { x: 'readWrite' }, reference() {} });
    const call = { bindings: { x }, grid: grid as unknown as readonly [number, number, number] };
    expect(codeOf(() => device.dispatch(kernel, call))).toBe('INVALID_ARGUMENT');
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('may not be estimated at %d', async (estimate) => {
    const { device, work } = await cpuWork();
    const kernel = defineKernel({ name: 'test.work', bindings: { x: 'readWrite' }, reference() {} });
    const call = { bindings: { x: work.upload([1]) }, grid: [1, 1, 1] as const, work: estimate };
    expect(codeOf(() => device.dispatch(kernel, call))).toBe('INVALID_ARGUMENT');
  });
});
