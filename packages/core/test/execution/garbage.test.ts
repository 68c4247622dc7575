import { cpu } from '@wick/backend-cpu';
import { type Buffer, type DeviceOptions, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { collectGarbage, collectUntil } from '../helpers/garbage.js';
import { fakeDevice, Work } from '../helpers/work.js';

async function cpuWork(options: DeviceOptions = {}) {
  const device = await openDevice(cpu({ scrub: true }), options);
  return { device, work: new Work(device) };
}

describe('buffers that are forgotten', () => {
  it('are reported by label, and their memory is given back', async () => {
    const leaks: string[] = [];
    const { device, work } = await cpuWork({ onLeak: (label) => leaks.push(label) });
    const kept = work.upload([1], 'kept');
    (() => {
      work.upload([1, 2], 'forgotten');
      work.upload([3], 'forgotten too');
      work.upload([4], 'freed').free();
    })();
    await device.idle();
    expect(device.stats().buffers.byLabel.has('forgotten')).toBe(true);
    expect(await collectUntil(() => leaks.length >= 2)).toBe(true);
    expect(leaks.toSorted()).toEqual(['forgotten', 'forgotten too']);
    expect([...device.stats().buffers.byLabel.keys()]).toEqual(['kept']);
    expect(await work.read(kept)).toEqual([1]);
    device.trim();
    expect(device.stats().memory.allocatedBytes).toBe(16);
    await device.close();
  });

  it('while commands that use them wait or are in flight do no harm', async () => {
    const leaks: string[] = [];
    const { backend, device, work } = await fakeDevice({}, { onLeak: (label) => leaks.push(label) });
    const recordedOnly = (() => work.add(work.upload([1], 'input of what waits'), 1))();
    const inFlight = (() => work.add(work.upload([10], 'input in flight'), 1))();
    const reading = work.read(inFlight);
    await collectGarbage();
    work.upload([0, 0, 0], 'recycles memory');
    device.flush();
    await collectGarbage();
    for (const submission of backend.pending) submission.complete();
    expect(await reading).toEqual([11]);
    expect(await work.read(recordedOnly)).toEqual([2]);
    expect(await collectUntil(() => leaks.length >= 2)).toBe(true);
    expect(leaks).toContain('input in flight');
  });

  it('while they are read do no harm', async () => {
    const { backend, work } = await fakeDevice();
    const reading = (() => work.read(work.upload([7], 'read and forgotten')))();
    await collectGarbage();
    backend.submissions[0].complete();
    expect(await reading).toEqual([7]);
  });
});

describe('buffers that are only indirectly held', () => {
  it('live as long as a view of them', async () => {
    const leaks: string[] = [];
    const { device, work } = await cpuWork({ onLeak: (label) => leaks.push(label) });
    const view = (() => work.upload([1, 2, 3, 4], 'base').view(4, 8).view(4, 4))();
    await device.idle();
    await collectGarbage();
    expect([leaks, view.freed]).toEqual([[], false]);
    expect(await work.read(view)).toEqual([3]);
    await device.close();
  });

  it('live as long as a compiled plan that has them bound for good', async () => {
    const leaks: string[] = [];
    const { device, work } = await cpuWork({ onLeak: (label) => leaks.push(label) });
    const compile = (weight: Buffer) => device.compile({ x: 4 }, ({ x }) => ({ out: work.sum(x, weight) }));
    const plan = (() => compile(work.upload([5], 'weight')))();
    await device.idle();
    await collectGarbage();
    expect(leaks).toEqual([]);
    expect(await work.read(plan.run({ x: work.upload([1]) }).out)).toEqual([6]);
    await device.close();
  });
});

it('a device that is forgotten with its buffers is collected', async () => {
  const forgotten = await (async () => {
    const { device, work } = await cpuWork();
    await work.read(work.upload([1]));
    return new WeakRef(device);
  })();
  expect(await collectUntil(() => forgotten.deref() === undefined)).toBe(true);
});
