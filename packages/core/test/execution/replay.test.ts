import { cpu } from '@wick/backend-cpu';
import { type Buffer, openDevice, ReplayParam } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../helpers/errors.js';
import { fakeDevice, turn, Work } from '../helpers/work.js';

async function cpuWork() {
  const device = await openDevice(cpu({ scrub: true }));
  return { device, work: new Work(device) };
}

describe('a compiled plan', () => {
  it('runs with other buffers each time, and gives new outputs each time', async () => {
    const { device, work } = await cpuWork();
    const plan = device.compile({ x: 8, y: 8 }, ({ x, y }) => ({ out: work.add(work.sum(x, y), 100) }));
    const first = plan.run({ x: work.upload([1, 2]), y: work.upload([10, 20]) }).out;
    const second = plan.run({ x: work.upload([3, 4]), y: work.upload([30, 40]) }).out;
    expect([await work.read(first), await work.read(second)]).toEqual([
      [111, 122],
      [133, 144],
    ]);
    expect(device.stats().work).toMatchObject({ plans: 3, replays: 2 });
    await device.close();
  });

  it('takes views, one buffer for two slots that are only read, and its own outputs', async () => {
    const { device, work } = await cpuWork();
    const plan = device.compile({ x: 16, y: 16 }, ({ x, y }) => ({ out: work.sum(x, y) }));
    const all = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    const halves = plan.run({ x: all.view(0, 16), y: all.view(16, 16) }).out;
    const twice = plan.run({ x: halves, y: halves }).out;
    expect(await work.read(twice)).toEqual([12, 16, 20, 24]);
    await device.close();
  });

  it('writes to slots and to what it has bound for good, and keeps program order with other work', async () => {
    const { device, work } = await cpuWork();
    const state = work.upload([0], 'state');
    const plan = device.compile({ x: 4 }, ({ x }) => {
      work.increment(state, 1);
      work.increment(x, 10);
      return {};
    });
    const x = work.upload([5]);
    work.increment(state, 100);
    plan.run({ x });
    work.increment(state, 1000);
    plan.run({ x });
    expect([await work.read(state), await work.read(x)]).toEqual([[1102], [25]]);
    await device.close();
  });

  it('takes a value for every replay parameter, and the offsets that were added to it', async () => {
    const { device, work } = await cpuWork();
    const by = new ReplayParam('by', 0);
    const plan = device.compile({ x: 4 }, ({ x }) => ({ out: work.add(work.add(x, by), by.plus(100)) }));
    const x = work.upload([1]);
    const results = [3, 5, 3].map((value) => plan.run({ x }, { by: value }).out);
    expect(await Promise.all(results.map((out) => work.read(out)))).toEqual([[107], [111], [107]]);
    expect(codeOf(() => plan.run({ x }))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => plan.run({ x }, { by: -1 }))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => plan.run({ x }, { by: Number.NaN }))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => plan.run({ x }, { by: 2 ** 32 - 50 }))).toBe('INVALID_ARGUMENT');
    await device.close();
  });

  it('uses the first value of a replay parameter where work is not replayed', async () => {
    const { device, work } = await cpuWork();
    expect(await work.read(work.add(work.upload([1]), new ReplayParam('by', 7).plus(1)))).toEqual([9]);
    await device.close();
  });

  it('allocates nothing in a replayed step, once its outputs are recycled', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const plan = device.compile({ x: 64 }, ({ x }) => ({ out: work.add(work.add(work.add(x, 1), 1), 1) }));
    let x = work.upload(new Array(16).fill(0));
    const step = () => {
      const next = plan.run({ x }).out;
      x.free();
      x = next;
    };
    step();
    step();
    const before = {
      allocate: backend.allocateCalls,
      prepare: backend.prepareCalls,
      plans: device.stats().work.plans,
    };
    for (let i = 0; i < 50; i++) {
      step();
      if (i % 5 === 0) await turn();
    }
    expect(await work.read(x)).toEqual(new Array(16).fill(156));
    expect({
      allocate: backend.allocateCalls,
      prepare: backend.prepareCalls,
      plans: device.stats().work.plans,
    }).toEqual(before);
  });

  it('hands the same step list to the backend at every replay', async () => {
    const { backend, device, work } = await fakeDevice();
    const plan = device.compile({ x: 4 }, ({ x }) => ({ out: work.add(x, 1) }));
    const x = work.upload([1]);
    plan.run({ x });
    plan.run({ x });
    const [, first, second] = backend.submissions;
    expect(second.submission.steps).toBe(first.submission.steps);
  });

  it('runs nothing while it is compiled, and allocates nothing before it is run', async () => {
    const { backend, device, work } = await fakeDevice();
    const plan = device.compile({ x: 4 }, ({ x }) => ({ out: work.add(work.add(x, 1), 1) }));
    expect([backend.submissions.length, backend.allocateCalls]).toEqual([0, 0]);
    expect(device.stats().buffers.live).toBe(0);
    expect(plan.plan.figures).toMatchObject({ commands: 2, submissions: 1 });
  });

  it('uploads constants of its function, and bytes of the host anew each time', async () => {
    const { device, work } = await cpuWork();
    const plan = device.compile({ x: 4, host: { host: 4 } }, ({ x, host }) => ({
      out: work.sum(work.sum(x, host), work.upload([1000])),
    }));
    const bytes = Uint32Array.of(20);
    const x = work.upload([1]);
    const first = plan.run({ x, host: bytes }).out;
    bytes[0] = 30;
    const second = plan.run({ x, host: bytes }).out;
    expect([await work.read(first), await work.read(second)]).toEqual([[1021], [1031]]);
    expect(codeOf(() => plan.run({ x, host: new Uint8Array(3) }))).toBe('REPLAY_STALE');
    expect(codeOf(() => plan.run({ x }))).toBe('REPLAY_STALE');
    await device.close();
  });

  it('gives its arenas back when it is freed, after the replays under way', async () => {
    const { backend, device, work } = await fakeDevice();
    const plan = device.compile({ x: 4096 }, ({ x }) => ({ out: work.add(work.add(x, 1), 1) }));
    const x = work.upload(new Array(1024).fill(0));
    const { out } = plan.run({ x });
    for (const buffer of [x, out]) buffer.free();
    plan.free();
    plan.free();
    device.trim();
    expect(backend.live.size).toBeGreaterThan(0);
    for (const submission of backend.pending) submission.complete();
    await device.idle();
    device.trim();
    expect(backend.live.size).toBe(0);
    expect(codeOf(() => plan.run({ x }))).toBe('REPLAY_STALE');
  });

  it('keeps alive what it has bound for good', async () => {
    const { device, work } = await cpuWork();
    const compile = (weight: Buffer) => device.compile({ x: 4 }, ({ x }) => ({ out: work.sum(x, weight) }));
    const plan = compile(work.upload([5]));
    expect(await work.read(plan.run({ x: work.upload([1]) }).out)).toEqual([6]);
    await device.close();
  });
});
