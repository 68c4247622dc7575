import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { fakeDevice, isSettled, turn, Work } from '../helpers/work.js';

describe('submissions', () => {
  it('are numbered from 1 in the order of the program', async () => {
    const { backend, device, work } = await fakeDevice();
    for (let i = 0; i < 3; i++) {
      work.upload([i], `${i}`);
      device.flush();
    }
    expect(backend.submissions.map(({ submission }) => submission.serial)).toEqual([1, 2, 3]);
    expect(backend.submissions.flatMap(({ labels }) => labels)).toEqual(['write 0', 'write 1', 'write 2']);
  });

  it.each([1, 2, 4])('are at most %i in flight, and the rest follows as they complete', async (most) => {
    const { backend, device, work } = await fakeDevice({ limits: { maxSubmissionsInFlight: most } });
    for (let i = 0; i < 10; i++) {
      work.upload([i]);
      device.flush();
    }
    for (let completed = 0; completed < 10; completed++) {
      await turn();
      expect(backend.submissions.length).toBe(Math.min(10, completed + most));
      expect(device.stats().work.inFlight).toBe(backend.pending.length);
      backend.pending[0].complete();
    }
    await device.idle();
  });

  it('of one plan are bounded too', async () => {
    const limits = { maxSubmissionsInFlight: 2, maxCommandsPerSubmission: 1 };
    const { backend, device, work } = await fakeDevice({ limits });
    const x = device.run(() => {
      const made = work.upload([0]);
      for (let i = 0; i < 9; i++) work.increment(made, 1);
      return made;
    });
    let most = 0;
    const reading = work.read(x);
    while (!(await isSettled(reading))) {
      most = Math.max(most, backend.pending.length);
      backend.pending[0].complete();
    }
    expect([most, backend.submissions.length, await reading]).toEqual([2, 10, [9]]);
  });

  it('complete for the device in serial order, whatever order the backend settles them in', async () => {
    const { backend, device, work } = await fakeDevice();
    const [a, b] = [work.upload([1]), work.empty(1)];
    device.flush();
    work.addInto(a, b, 1);
    const reading = work.read(b);
    backend.submissions[1].complete();
    expect(await isSettled(reading)).toBe(false);
    expect(device.stats().work.completedSerial).toBe(0);
    backend.submissions[0].complete();
    await reading;
    expect(device.stats().work.completedSerial).toBe(2);
  });

  it('do not wait for the outside world where nothing has to be waited for', async () => {
    const { backend, device, work } = await fakeDevice();
    work.upload([1]);
    device.flush();
    expect(backend.submissions.length).toBe(1);
  });

  it('take work in that is recorded in any turn of the microtask queue', async () => {
    const { backend, device, work } = await fakeDevice({ prepare: 'later', automatic: true });
    const x = work.upload([0]);
    work.increment(x, 1);
    device.flush();
    backend.pipelines[0].resolve();
    // Work that arrives just as the queue runs dry must not be left lying.
    for (let i = 1; i < 40; i++) {
      await Promise.resolve();
      work.increment(x, 1);
      device.flush();
      if (i % 3 === 0) continue;
      for (let ticks = 0; ticks < i % 7; ticks++) await Promise.resolve();
    }
    expect(await work.read(x)).toEqual([40]);
  });

  it.each([1, 2, 3, 5, 8])(
    'are carried out where work comes %i microtasks after a queue that waited',
    async (ticks) => {
      const { backend, device, work } = await fakeDevice({ prepare: 'later', automatic: true });
      const x = work.upload([0]);
      work.increment(x, 1);
      device.flush();
      backend.pipelines[0].resolve();
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      const y = work.upload([7]);
      device.flush();
      await turn();
      await turn();
      expect(await isSettled(work.read(y))).toBe(true);
    },
  );
});

describe('memory in flight', () => {
  it('is used again by later work at once, by the backend only after the last user', async () => {
    const { backend, device, work } = await fakeDevice({}, { pooling: false });
    const x = work.upload([1, 2, 3, 4]);
    device.flush();
    x.free();
    expect(backend.live.size).toBe(1);
    const y = work.upload([5, 6, 7, 8]);
    device.flush();
    expect(backend.allocateCalls).toBe(1);
    y.free();
    expect(backend.live.size).toBe(1);
    backend.submissions[0].complete();
    await turn();
    expect(backend.live.size).toBe(1);
    backend.submissions[1].complete();
    await turn();
    expect(backend.live.size).toBe(0);
  });

  it('keeps its content for work that was recorded before it was freed', async () => {
    const device = await openDevice(cpu({ scrub: true }));
    const work = new Work(device);
    const results = [];
    for (let i = 0; i < 50; i++) {
      const x = work.upload([i, i, i, i]);
      const y = work.add(x, 1);
      if (i % 2) device.flush();
      x.free();
      results.push(work.read(y).then((values) => expect(values).toEqual(new Array(4).fill(i + 1))));
      y.free();
    }
    await Promise.all(results);
    await device.close();
  });
});
