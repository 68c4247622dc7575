import type { Buffer } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { codeOf, errorOf, rejection } from '../helpers/errors.js';
import { fakeDevice, turn } from '../helpers/work.js';

const live = (device: { stats(): { buffers: { live: number } } }) => device.stats().buffers.live;

describe('run', () => {
  it('is one plan, submitted at its end, with everything it made and did not return freed', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1]);
    const y = device.run(() => {
      const out = work.add(work.add(work.add(x, 1), 1), 1);
      expect(backend.submissions.length).toBe(0);
      return out;
    });
    expect(device.stats().work.plans).toBe(1);
    expect(live(device)).toBe(2);
    backend.submissions[0].complete();
    expect(await work.read(y)).toEqual([4]);
  });

  it('places what lives and dies inside in one arena', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload(new Array(16).fill(1));
    device.flush();
    const before = backend.allocateCalls;
    device.run(() => {
      let at = x;
      for (let i = 0; i < 20; i++) at = work.add(at, 1);
      return at;
    });
    expect(backend.allocateCalls - before).toBe(2);
    expect(device.stats().memory.peakPlannedBytes).toBeLessThan(device.stats().memory.peakUnplannedBytes);
  });

  it('keeps its plan whole where the window would be flushed', async () => {
    const { backend, device, work } = await fakeDevice({ limits: { maxCommandsPerSubmission: 4 } });
    const x = work.upload([0]);
    device.run(() => {
      for (let i = 0; i < 10; i++) work.increment(x, 1);
    });
    expect(device.stats().work.plans).toBe(1);
    expect(backend.submissions.map(({ labels }) => labels.length)).toEqual([4, 4, 3]);
  });

  it('answers a read inside with the bytes of that moment', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1]);
    const reads = device.run(() => {
      const first = work.read(x);
      work.increment(x, 1);
      const second = work.read(x);
      work.increment(x, 1);
      return { promises: [first, second] };
    });
    for (const submission of backend.pending) submission.complete();
    expect(await Promise.all(reads.promises)).toEqual([[1], [2]]);
    expect(await work.read(x)).toEqual([3]);
  });

  it('belongs to the outermost run when it is nested', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1]);
    const y = device.run(() => {
      const inner = device.run(() => {
        work.add(x, 5);
        return work.add(x, 1);
      });
      expect([backend.submissions.length, live(device)]).toEqual([0, 2]);
      return work.add(inner, 1);
    });
    expect([device.stats().work.plans, live(device)]).toEqual([1, 2]);
    backend.pending[0].complete();
    expect(await work.read(y)).toEqual([3]);
  });

  it('refuses an asynchronous function, and takes back what it did', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1]);
    const asynchronous = async () => {
      work.increment(x, 1);
      throw new Error('nobody waits for this');
    };
    expect(codeOf(() => device.run(asynchronous))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => device.scope(asynchronous))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => device.compile({}, asynchronous as never))).toBe('INVALID_ARGUMENT');
    const reading = work.read(x);
    for (const submission of backend.pending) submission.complete();
    // The scope alone takes nothing back.
    expect(await reading).toEqual([2]);
  });

  it.each(['flush', 'compile', 'idle', 'close', 'replay'] as const)('refuses %s inside', async (what) => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const x = work.upload([1]);
    const plan = device.compile({ x: 4 }, (inputs) => ({ out: work.add(inputs.x, 1) }));
    const outcomes: Promise<unknown>[] = [];
    device.run(() => {
      work.increment(x, 1);
      const calls = {
        flush: () => device.flush(),
        compile: () => device.compile({}, () => ({})),
        idle: () => device.idle(),
        close: () => device.close(),
        replay: () => plan.run({ x }),
      };
      outcomes.push(new Promise((resolve) => resolve(calls[what]())));
      work.increment(x, 1);
    });
    expect(await rejection(outcomes[0])).toBe('INVALID_STATE');
    expect(await work.read(x)).toEqual([3]);
    expect(backend.destroyCalls).toBe(0);
  });
});

describe('a run whose function throws', () => {
  const failure = new Error('on purpose');

  it('runs nothing, and leaves what was recorded before it', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1], 'x');
    const run = () =>
      device.run(() => {
        work.increment(x, 1);
        work.add(x, 1);
        throw failure;
      });
    expect(run).toThrow(failure);
    expect([backend.submissions.length, live(device)]).toEqual([0, 1]);
    const reading = work.read(x);
    expect(backend.submissions[0].labels).toEqual(['write x']);
    backend.submissions[0].complete();
    expect(await reading).toEqual([1]);
  });

  it('takes back what it said about written bytes', async () => {
    const { device, work } = await fakeDevice();
    const x = work.empty(4);
    device.fill(x.view(0, 4));
    const run = () =>
      device.run(() => {
        device.fill(x.view(4, 4));
        device.fill(x);
        throw failure;
      });
    expect(run).toThrow(failure);
    expect(await rejection(device.read(x))).toBe('UNWRITTEN');
    expect(await rejection(device.read(x.view(4, 4)))).toBe('UNWRITTEN');
    expect(codeOf(() => work.add(x, 1))).toBe('UNWRITTEN');
  });

  it('gives the memory of a buffer back that it freed', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const x = work.upload([1]);
    await device.idle();
    const run = () =>
      device.run(() => {
        work.add(x, 1);
        x.free();
        throw failure;
      });
    expect(run).toThrow(failure);
    expect(x.freed).toBe(true);
    device.trim();
    expect(backend.live.size).toBe(0);
  });

  it('cancels its reads, without an unhandled rejection where nobody took them', async () => {
    const { device, work } = await fakeDevice();
    const x = work.upload([1]);
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    let reading: Promise<unknown> | undefined;
    const run = () =>
      device.run(() => {
        void device.read(x);
        reading = device.read(x);
        throw failure;
      });
    expect(run).toThrow(failure);
    const error = await errorOf(reading as Promise<unknown>);
    expect(error.code).toBe('CANCELLED');
    expect(error.cause).toBe(failure);
    await turn();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('leaves a device that works, also for buffers without bytes', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const [x, empty] = [work.upload([1]), work.empty(0)];
    let inside: Buffer | undefined;
    const run = () =>
      device.run(() => {
        inside = work.add(empty, 1);
        throw failure;
      });
    expect(run).toThrow(failure);
    expect(inside?.freed).toBe(true);
    work.add(empty, 1);
    await device.idle();
    const fills = backend.submissions.flatMap(({ labels }) => labels).filter((label) => label === 'empty');
    expect(fills).toEqual(['empty']);
    expect(await work.read(x)).toEqual([1]);
  });
});
