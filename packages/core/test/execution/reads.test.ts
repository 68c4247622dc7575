import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { rejection } from '../helpers/errors.js';
import { fakeDevice, isSettled, turn, Work } from '../helpers/work.js';

/** Host and device share memory, or bytes come by a download. */
const PATHS = [
  ['shared memory', { hostMemory: true }],
  ['downloads', { hostMemory: false }],
] as const;

describe.each(PATHS)('a read by %s', (_, options) => {
  it('waits for its producer, not for what was submitted later', async () => {
    const { backend, device, work } = await fakeDevice(options);
    const a = work.upload([1]);
    const reading = work.read(a);
    const b = work.upload([2]);
    device.flush();
    const readingB = work.read(b);
    backend.submissions[0].complete();
    expect(await reading).toEqual([1]);
    expect(await isSettled(readingB)).toBe(false);
    for (const submission of backend.pending) submission.complete();
    expect(await readingB).toEqual([2]);
  });

  it('has the bytes of the moment of the call, whatever is recorded after it', async () => {
    const { backend, device, work } = await fakeDevice(options);
    const a = work.upload([1]);
    const first = work.read(a);
    work.increment(a, 10);
    const second = work.read(a);
    device.fill(a, 99);
    device.flush();
    for (let i = 0; i < 5; i++) {
      for (const submission of backend.pending) submission.complete();
      await turn();
    }
    expect([await first, await second]).toEqual([[1], [11]]);
    expect(await drain(backend, work.read(a))).toEqual([99]);
  });

  it('has them too when the buffer is freed and its memory used again', async () => {
    const { backend, device, work } = await fakeDevice(options);
    const a = work.upload([1, 2, 3, 4]);
    const reading = work.read(a);
    a.free();
    const b = work.upload([5, 6, 7, 8]);
    device.flush();
    expect(await drain(backend, reading)).toEqual([1, 2, 3, 4]);
    expect(await drain(backend, work.read(b))).toEqual([5, 6, 7, 8]);
  });

  it('begun before the producer got its turn does not keep it from running', async () => {
    const { backend, device, work } = await fakeDevice({ ...options, limits: { maxSubmissionsInFlight: 1 } });
    work.upload([0]);
    device.flush();
    const a = work.upload([1]);
    device.flush();
    const reading = work.read(a);
    expect(await drain(backend, reading)).toEqual([1]);
  });

  it('of a part waits for the writers of that part only', async () => {
    const { backend, device, work } = await fakeDevice(options);
    const a = work.upload([1, 2, 3, 4, 5, 6]);
    device.flush();
    const reading = work.read(a.view(0, 4));
    work.increment(a.view(16, 8), 1);
    device.flush();
    backend.submissions[0].complete();
    if (!options.hostMemory) backend.submissions[1].complete();
    expect(await reading).toEqual([1]);
    expect(backend.pending.length).toBeGreaterThan(0);
    expect(await drain(backend, work.read(a))).toEqual([1, 2, 3, 4, 6, 7]);
  });

  it('of a part is not held up by a write to another part, nor the write by the read', async () => {
    const { backend, device, work } = await fakeDevice(options);
    const a = work.upload([1, 2, 3, 4, 5, 6]);
    const reading = work.read(a.view(0, 4));
    work.increment(a.view(16, 8), 1);
    device.flush();
    expect(backend.submissions.at(-1)?.labels).toEqual(['test.increment']);
    expect(await drain(backend, reading)).toEqual([1]);
  });

  it('of many at a time, 8 x 100, are each right', async () => {
    const { device, work } = await fakeDevice({ ...options, automatic: true });
    const buffers = Array.from({ length: 8 }, (_, i) => work.upload([i, 10 * i]));
    const rounds = Array.from({ length: 100 }, (_, round) =>
      buffers.map(async (buffer, i) => {
        work.increment(buffer, 1);
        expect(await work.read(buffer)).toEqual([i + round + 1, 10 * i + round + 1]);
      }),
    );
    await Promise.all(rounds.flat());
    await device.idle();
    expect(device.stats().work.inFlight).toBe(0);
  });

  it('of nothing is empty, of the unwritten refused', async () => {
    const { work, device } = await fakeDevice(options);
    const half = work.empty(4, 'half written');
    device.fill(half.view(0, 8));
    expect(await work.read(work.empty(0))).toEqual([]);
    expect(await work.read(work.empty(4).view(8, 0))).toEqual([]);
    expect(await rejection(device.read(work.empty(4)))).toBe('UNWRITTEN');
    expect(await rejection(device.read(half))).toBe('UNWRITTEN');
    expect(await rejection(device.read(half.view(4, 8)))).toBe('UNWRITTEN');
  });

  it('can be cancelled, before and while it waits; the work goes on', async () => {
    const { backend, device, work } = await fakeDevice(options);
    const a = work.upload([1]);
    expect(await rejection(device.read(a, { signal: AbortSignal.abort() }))).toBe('CANCELLED');
    expect(backend.submissions.length).toBe(0);
    const controller = new AbortController();
    const reading = rejection(device.read(a, { signal: controller.signal }));
    controller.abort();
    expect(await reading).toBe('CANCELLED');
    expect(await drain(backend, work.read(a))).toEqual([1]);
    const whole = device.read(a, { signal: new AbortController().signal });
    for (const submission of backend.pending) submission.complete();
    expect((await whole).byteLength).toBe(4);
  });

  it('gives bytes that belong to the caller', async () => {
    const { backend, device, work } = await fakeDevice(options);
    const a = work.upload([1]);
    (await drain(backend, device.read(a))).fill(9);
    expect(await drain(backend, work.read(a))).toEqual([1]);
  });
});

it('8 x 100 concurrent reads on the CPU backend', async () => {
  const device = await openDevice(cpu());
  const work = new Work(device);
  const reads = Array.from({ length: 800 }, async (_, i) => {
    const y = work.add(work.upload([i]), i);
    expect(await work.read(y)).toEqual([2 * i]);
  });
  await Promise.all(reads);
  await device.close();
});

/** Completes submissions in order until the promise settles. */
async function drain<T>(backend: { pending: { complete(): void }[] }, promise: Promise<T>): Promise<T> {
  for (let i = 0; i < 100 && !(await isSettled(promise)); i++) backend.pending[0]?.complete();
  return promise;
}
