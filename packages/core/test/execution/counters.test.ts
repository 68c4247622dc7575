import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { fakeDevice, Work } from '../helpers/work.js';

/** What must be back to where it was. */
function levels(device: Device) {
  const { buffers, memory, work } = device.stats();
  return {
    buffers,
    used: memory.allocatedBytes - memory.pooledBytes,
    handles: memory.allocations - memory.frees,
    inFlight: work.inFlight,
  };
}

describe('counters', () => {
  it('are back to the start after a scope, a run, a replay and an error', async () => {
    const device = await openDevice(cpu());
    const work = new Work(device);
    const x = work.upload([1, 2, 3, 4], 'x');
    const plan = device.compile({ x: 16 }, (inputs) => ({ out: work.add(work.add(inputs.x, 1), 1) }));
    const body = async () => {
      let reading: Promise<number[]> | undefined;
      device.scope(() => {
        reading = work.read(work.add(x, 1));
      });
      device.run(() => {
        work.add(work.add(x, 1), 2);
      });
      device.scope(() => {
        plan.run({ x });
      });
      expect(() =>
        device.run(() => {
          work.add(x, 1);
          throw new RangeError('on purpose');
        }),
      ).toThrow(RangeError);
      await reading;
      await device.idle();
    };
    await body();
    device.trim();
    const before = levels(device);
    for (let i = 0; i < 5; i++) await body();
    device.trim();
    expect(levels(device)).toEqual(before);
    expect(before.buffers).toMatchObject({ live: 1, bytes: 16 });
    await device.close();
  });

  it('count exactly what was handed to the backend', async () => {
    const { backend, device, work } = await fakeDevice({
      automatic: true,
      capabilities: { transfersInComputePass: [] },
    });
    const x = work.upload([1]);
    const y = work.add(x, 1);
    work.increment(y, 1);
    device.copy(y, work.empty(1));
    await device.idle();
    expect(await work.read(y)).toEqual([3]);
    const steps = backend.submissions.flatMap(({ submission }) => submission.steps.map(({ op }) => op));
    const count = (...ops: string[]) => steps.filter((op) => ops.includes(op)).length;
    expect(device.stats().work).toMatchObject({
      submissions: backend.submissions.length,
      passes: count('beginPass'),
      barriers: count('barrier'),
      dispatches: count('dispatch'),
      transfers: count('upload', 'copy', 'fill', 'download'),
      tasks: 1,
      plans: 1,
      pipelines: 2,
      completedSerial: 1,
      inFlight: 0,
    });
    expect([count('beginPass'), count('barrier'), count('dispatch')]).toEqual([3, 1, 2]);
  });

  it('know live buffers by label', async () => {
    const { device, work } = await fakeDevice();
    const a = work.empty(4, 'a');
    work.empty(2, 'b');
    work.empty(2, 'b');
    a.view(0, 4, 'a view counts nothing');
    expect(device.stats().buffers).toEqual({
      live: 3,
      bytes: 32,
      byLabel: new Map([
        ['a', { buffers: 1, bytes: 16 }],
        ['b', { buffers: 2, bytes: 16 }],
      ]),
    });
    a.free();
    expect(device.stats().buffers).toMatchObject({ live: 2, bytes: 16 });
  });

  it('tell the peak of memory with and without placement', async () => {
    const { device, work } = await fakeDevice({ automatic: true });
    const x = work.upload(new Array(64).fill(0));
    await device.idle();
    device.run(() => {
      let at = x;
      for (let i = 0; i < 10; i++) at = work.add(at, 1);
      device.copy(at, x);
    });
    await device.idle();
    // x and two temporaries of 256 bytes; without placement x and ten of them.
    expect(device.stats().memory).toMatchObject({ peakPlannedBytes: 3 * 256, peakUnplannedBytes: 11 * 256 });
  });

  it('compile each variant once', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const x = work.upload([1]);
    for (let i = 0; i < 5; i++) work.increment(x, 1);
    await device.idle();
    work.increment(x, 1);
    await device.idle();
    expect([backend.prepareCalls, device.stats().work.pipelines]).toEqual([1, 1]);
  });
});

describe('figures of a backend', () => {
  it('are summed over its completed submissions', async () => {
    const { device, backend } = await fakeDevice();
    const figures = () => device.stats().backend;
    expect(figures()).toEqual({});
    for (const encoders of [1, 3]) {
      device.fill(device.createBuffer({ byteLength: 16 }));
      device.flush();
      backend.submissions.at(-1)?.complete({ encoders });
    }
    await device.idle();
    expect(figures()).toEqual({ encoders: 4 });
  });
});
