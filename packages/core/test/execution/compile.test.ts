import { cpu } from '@wick/backend-cpu';
import { type Buffer, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../helpers/errors.js';
import { fakeDevice, Work } from '../helpers/work.js';

async function cpuWork() {
  const device = await openDevice(cpu({ scrub: true }));
  return { device, work: new Work(device) };
}

describe('compile', () => {
  it('takes everything back when its function throws', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const weight = work.upload([1], 'weight');
    await device.idle();
    const before = device.stats();
    const compile = () =>
      device.compile({ x: 4 }, ({ x }) => {
        work.increment(weight, 1);
        work.sum(x, weight);
        throw new TypeError('on purpose');
      });
    expect(compile).toThrow(TypeError);
    expect(device.stats()).toEqual(before);
    expect(await work.read(weight)).toEqual([1]);
    weight.free();
    device.trim();
    expect(backend.live.size).toBe(0);
  });

  it.each<[string, (work: Work, x: Buffer, outer: Buffer) => Record<string, Buffer>]>([
    ['an input', (_, x) => ({ out: x })],
    ['a buffer that it did not make', (_work, _x, outer) => ({ out: outer })],
    ['a view', (work, x) => ({ out: work.add(x, 1).view(0, 4) })],
    ['a buffer that nothing writes', (work) => ({ out: work.empty(4) })],
    [
      'one buffer under two names',
      (work, x) => {
        const out = work.add(x, 1);
        return { out, again: out };
      },
    ],
    [
      'a freed buffer',
      (work, x) => {
        const out = work.add(x, 1);
        out.free();
        return { out };
      },
    ],
  ])('refuses %s as an output, and leaves nothing behind', async (_, fn) => {
    const { device, work } = await cpuWork();
    const outer = work.upload([1, 2]);
    const before = device.stats().buffers.live;
    expect(codeOf(() => device.compile({ x: 8 }, ({ x }) => fn(work, x, outer)))).toBe('INVALID_ARGUMENT');
    expect(device.stats().buffers.live).toBe(before);
    expect(await work.read(outer)).toEqual([1, 2]);
    await device.close();
  });

  it.each([Number.NaN, -4, 1.5, 2 ** 53])('refuses an input of %d bytes', async (bytes) => {
    const { device } = await cpuWork();
    expect(codeOf(() => device.compile({ x: bytes }, () => ({})))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => device.compile({ x: { host: bytes } }, () => ({})))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => device.compile({ x: device.limits.maxAllocationBytes + 1 }, () => ({})))).toBe(
      'LIMIT_EXCEEDED',
    );
    await device.close();
  });

  it('refuses reads inside, and the use of a stand-in afterwards', async () => {
    const { device, work } = await cpuWork();
    const reads: Promise<string>[] = [];
    let kept: Buffer | undefined;
    device.compile({ x: 4 }, ({ x }) => {
      kept = x;
      reads.push(
        device.read(x).then(
          () => 'read',
          (error) => error.code,
        ),
      );
      return {};
    });
    expect(await reads[0]).toBe('INVALID_STATE');
    expect(codeOf(() => work.add(kept as Buffer, 1))).toBe('BUFFER_FREED');
    await device.close();
  });

  it('does not take bytes for written that only the plan will write', async () => {
    const { device, work } = await cpuWork();
    const state = work.empty(1, 'state');
    const plan = device.compile({}, () => {
      device.fill(state, 5);
      return {};
    });
    expect(codeOf(() => work.add(state, 1))).toBe('UNWRITTEN');
    plan.run({});
    expect(await work.read(state)).toEqual([5]);
    await device.close();
  });
});
