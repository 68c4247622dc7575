import { type CompileProgress, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { rejection } from '../helpers/errors.js';
import { FakeBackend } from '../helpers/fake-backend.js';
import { fakeDevice, Work } from '../helpers/work.js';

describe('a warm-up', () => {
  it('compiles each variant once, runs nothing, and leaves nothing behind', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const weight = work.upload([1], 'weight');
    await device.idle();
    const before = device.stats();
    const submissions = backend.submissions.length;
    const seen: CompileProgress[] = [];
    await device.warmUp(
      () => {
        const once = work.add(weight, 1);
        work.add(once, 2);
        work.increment(weight, 1);
      },
      { onProgress: (progress) => seen.push(progress) },
    );
    expect(backend.submissions.length).toBe(submissions);
    expect(backend.prepareCalls).toBe(2);
    const { work: after, ...rest } = device.stats();
    const { work: earlier, ...same } = before;
    expect(rest).toEqual(same);
    expect(after).toEqual({ ...earlier, pipelines: earlier.pipelines + 2 });
    expect(seen.map(({ loaded, total }) => `${loaded}/${total}`)).toEqual(['0/2', '1/2', '2/2']);
    expect(seen.map(({ kind }) => kind)).toEqual(['compile', 'compile', 'compile']);
    expect(await work.read(weight)).toEqual([1]);
    work.increment(weight, 1);
    expect(await work.read(weight)).toEqual([2]);
    expect(backend.prepareCalls).toBe(2);
  });

  it('does not make written what it pretends to write', async () => {
    const { device, work } = await fakeDevice({ automatic: true });
    const buffer = work.empty(1);
    await device.warmUp(() => device.fill(buffer));
    expect(() => work.increment(buffer, 1)).toThrow(expect.objectContaining({ code: 'UNWRITTEN' }));
  });

  it('rejects with what its function throws, or its kernels fail with', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const weight = work.upload([1], 'weight');
    const thrown = device.warmUp(() => {
      throw new TypeError('on purpose');
    });
    await expect(thrown).rejects.toThrow(TypeError);
    backend.before.prepare = () => {
      throw new Error('does not compile');
    };
    const failed = device.warmUp(() => work.increment(weight, 1));
    expect(await rejection(failed)).toBe('KERNEL_COMPILE_FAILED');
    delete backend.before.prepare;
    await device.warmUp(() => work.increment(weight, 1));
  });

  it('can be cancelled', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true, prepare: 'later' });
    const weight = work.upload([1], 'weight');
    const controller = new AbortController();
    const warming = device.warmUp(() => work.increment(weight, 1), { signal: controller.signal });
    controller.abort();
    expect(await rejection(warming)).toBe('CANCELLED');
    backend.pipelines[0]?.resolve();
    expect(await work.read(weight)).toEqual([1]);
  });
});

describe('an observer of compilations', () => {
  it('is told of what begins together once, of each end, and of nothing once it has stopped', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true, prepare: 'later' });
    const told: string[] = [];
    const stop = device.observeCompilations(({ kind, loaded, total, label }) => {
      told.push(`${kind} ${loaded}/${total} ${label}`);
    });
    const weight = work.upload([1], 'weight');
    const sum = work.add(weight, 1);
    work.increment(weight, 1);
    device.flush();
    await Promise.resolve();
    expect(told).toEqual(['compile 0/2 ']);
    const [first, second] = backend.pipelines;
    first.resolve();
    second.reject(new Error('does not compile'));
    expect(await rejection(device.idle())).toBe('KERNEL_COMPILE_FAILED');
    expect(told.slice(1)).toEqual(['compile 1/2 test.add', 'compile 2/2 test.increment']);
    sum.free();
    // What failed is asked for again, and counted anew.
    work.increment(work.upload([1]), 1);
    device.flush();
    await Promise.resolve();
    expect(told.slice(3)).toEqual(['compile 0/1 ']);
    stop();
    backend.pipelines[2].resolve();
    await device.idle();
    expect(told).toHaveLength(4);
  });

  it('fails no kernel by throwing, and is not silenced by it', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true, prepare: 'later' });
    const surfaced: unknown[] = [];
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (reason) => surfaced.push(reason));
    try {
      const told: number[] = [];
      device.observeCompilations(({ loaded, total }) => {
        told.push(loaded / total);
        if (loaded === total) throw new Error('no such element');
      });
      const sum = work.read(work.add(work.upload([1]), 2));
      await Promise.resolve();
      backend.pipelines[0].resolve();
      expect(await sum).toEqual([3]);
      await new Promise((resolve) => setTimeout(resolve));
      expect(surfaced).toEqual([new Error('no such element')]);
      // What is compiled next is counted anew all the same.
      const next = work.upload([1]);
      work.increment(next, 1);
      device.flush();
      await Promise.resolve();
      expect(told).toEqual([0, 1, 0]);
      backend.pipelines[1].resolve();
      await device.idle();
      expect(await work.read(next)).toEqual([2]);
      await new Promise((resolve) => setTimeout(resolve));
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of others) process.on('unhandledRejection', listener);
    }
  });

  it('hears nothing of a backend that compiles at once', async () => {
    const { device, work } = await fakeDevice({ automatic: true });
    device.observeCompilations(() => expect.unreachable());
    expect(await work.read(work.add(work.upload([1]), 2))).toEqual([3]);
  });
});

describe('a device that is opened again', () => {
  it('works after a loss, with the options of the first', async () => {
    const backends: FakeBackend[] = [];
    const open = async () => {
      const backend = new FakeBackend({ automatic: true });
      backends.push(backend);
      return backend;
    };
    const device = await openDevice({ name: 'fake', open }, { trace: true });
    backends[0].lose();
    await device.lost;
    expect(await rejection(device.idle())).toBe('DEVICE_LOST');
    const again = await device.reopen();
    expect(backends[0].destroyCalls).toBe(1);
    expect(again.trace.enabled).toBe(true);
    const work = new Work(again);
    expect(await work.read(work.add(work.upload([1]), 2))).toEqual([3]);
  });
});
