import { describe, expect, it } from 'vitest';
import { fakeDevice, isSettled, turn } from '../helpers/work.js';

describe('the window', () => {
  it('allocates, prepares and submits nothing before a flush', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1, 2]);
    device.copy(x, work.empty(2));
    device.fill(work.empty(4));
    work.add(x, 1);
    await turn();
    expect([backend.allocateCalls, backend.prepareCalls, backend.submissions.length]).toEqual([0, 0, 0]);
    device.flush();
    expect(backend.submissions.length).toBe(1);
    expect(backend.submissions[0].labels.length).toBe(4);
  });

  it('submits nothing for nothing', async () => {
    const { backend, device } = await fakeDevice();
    device.flush();
    device.run(() => {});
    await device.idle();
    expect(backend.submissions.length).toBe(0);
    expect(device.stats().work.plans).toBe(0);
  });

  it('is flushed by a read only as far as the bytes depend on it; the rest stays', async () => {
    const { backend, work } = await fakeDevice();
    const [a, b] = [work.upload([1], 'a'), work.upload([2], 'b')];
    const needed = work.add(a, 1, 'needed');
    const other = work.add(b, 1, 'not needed');
    const reading = work.read(needed);
    expect(backend.submissions.map(({ labels }) => labels)).toEqual([['write a', 'needed']]);
    backend.submissions[0].complete();
    expect(await reading).toEqual([2]);
    const readingOther = work.read(other);
    expect(backend.submissions[1].labels).toEqual(['write b', 'not needed']);
    backend.submissions[1].complete();
    expect(await readingOther).toEqual([3]);
  });

  it('takes along what must be over before the wanted bytes are overwritten', async () => {
    const { backend, work } = await fakeDevice();
    const a = work.upload([1], 'a');
    const copy = work.add(a, 0, 'reads a first');
    work.increment(a, 5, 'overwrites a');
    const reading = work.read(a);
    expect(backend.submissions[0].labels).toEqual(['write a', 'reads a first', 'overwrites a']);
    backend.submissions[0].complete();
    expect(await reading).toEqual([6]);
    expect(await work.read(copy)).toEqual([1]);
  });

  it('is not flushed at all by a read of what is complete', async () => {
    const { backend, device, work } = await fakeDevice();
    const a = work.upload([1], 'a');
    device.flush();
    backend.submissions[0].complete();
    work.upload([2], 'b');
    expect(await work.read(a)).toEqual([1]);
    expect(backend.submissions.length).toBe(1);
  });

  it('keeps no memory of what was flushed in parts while one command stays behind', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const behind = work.upload([7], 'stays behind');
    const resources: number[] = [];
    const params: number[] = [];
    device.observePlans(({ recording }) => {
      resources.push(recording.resources.length);
      params.push(recording.params.length);
    });
    for (let i = 0; i < 50; i++) {
      const x = work.upload([i]);
      const y = work.add(x, 1);
      expect(await work.read(y)).toEqual([i + 1]);
      x.free();
      y.free();
    }
    expect(backend.submissions.length).toBe(50);
    expect(Math.max(...resources)).toBeLessThan(10);
    expect(Math.max(...params)).toBeLessThan(100);
    expect(await work.read(behind)).toEqual([7]);
  });

  it.each([
    ['commands', { maxCommandsPerSubmission: 3 }, 3],
    ['bytes', { maxBytesPerSubmission: 24 }, 3],
    ['work', { maxWorkPerSubmission: 4 }, 3],
  ])('is flushed when its %s fill a submission', async (_, limits, expected) => {
    const { backend, work } = await fakeDevice({ limits });
    const x = work.upload([1, 2]);
    for (let i = 0; i < 2; i++) work.increment(x, 1);
    expect(backend.submissions.length).toBe(1);
    expect(backend.submissions[0].labels.length).toBeLessThanOrEqual(expected);
  });

  it('uploads the bytes of the moment of the call', async () => {
    const { backend, device, work } = await fakeDevice();
    const data = Uint32Array.of(1, 2);
    const x = work.empty(2);
    device.write(x, data);
    data.fill(9);
    const reading = work.read(x);
    backend.submissions[0].complete();
    expect(await reading).toEqual([1, 2]);
  });

  it('keeps memory apart that is used by a compiled plan while commands for it wait', async () => {
    const { backend, device, work } = await fakeDevice();
    const weight = work.upload([5], 'weight');
    const plan = device.compile({ x: 4 }, ({ x }) => ({ out: work.sum(x, weight) }));
    const y = work.add(weight, 1);
    const reading = Promise.all([work.read(weight), work.read(y)]);
    for (const submission of backend.pending) submission.complete();
    expect(await reading).toEqual([[5], [6]]);
    plan.free();
  });
});

describe('idle', () => {
  it('flushes, and waits for everything', async () => {
    const { backend, device, work } = await fakeDevice();
    work.upload([1]);
    const idle = device.idle();
    expect(await isSettled(idle)).toBe(false);
    backend.submissions[0].complete();
    await idle;
    expect(device.stats().work).toMatchObject({ inFlight: 0, completedSerial: 1 });
  });

  it('waits for work that was queued behind work', async () => {
    const { backend, device, work } = await fakeDevice({ limits: { maxSubmissionsInFlight: 1 } });
    for (let i = 0; i < 3; i++) {
      work.upload([i]);
      device.flush();
    }
    const idle = device.idle();
    for (let i = 0; i < 3; i++) {
      expect(await isSettled(idle)).toBe(false);
      backend.pending[0].complete();
    }
    await idle;
  });
});
