import { type Buffer, WickError } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { errorOf, rejection } from '../helpers/errors.js';
import { fakeDevice, turn } from '../helpers/work.js';

const OUT_OF_TIME = new WickError('SUBMISSION_FAILED', 'the watchdog bit');

/** Completes all that is pending, again and again, until nothing comes any more. */
async function completeAll(backend: { pending: { complete(): void }[] }): Promise<void> {
  do {
    for (const submission of backend.pending) submission.complete();
    await turn();
  } while (backend.pending.length > 0);
}

describe.each([true, false])('a failed submission (host memory %s)', (hostMemory) => {
  it('rejects reads of what it wrote, naming the step, the commands and the first cause', async () => {
    const { backend, device, work } = await fakeDevice({ hostMemory });
    const x = work.upload([1], 'x');
    const y = work.add(x, 1, 'first');
    const z = work.add(y, 1, 'second');
    device.flush();
    const reading = errorOf(device.read(z));
    const [submission] = backend.submissions;
    const step = submission.submission.steps.findIndex((each) => 'label' in each && each.label === 'second');
    submission.fail(OUT_OF_TIME, step);
    await completeAll(backend);
    const error = await reading;
    expect(error).toMatchObject({ code: 'SUBMISSION_FAILED', label: 'second', cause: OUT_OF_TIME });
    expect(error.commands).toEqual(['write x', 'first', 'second']);
    expect(await errorOf(device.read(x))).toBe(error);
  });

  it('poisons what depends on it, through any number of steps, and nothing else', async () => {
    const { backend, device, work } = await fakeDevice({ hostMemory });
    const bad = work.upload([1], 'bad');
    device.flush();
    backend.submissions[0].fail();
    await turn();
    const good = work.upload([10], 'good');
    const second = work.add(bad, 1);
    const third = work.sum(second, good);
    device.flush();
    const readings = [bad, second, third].map((buffer) => errorOf(device.read(buffer)));
    // What was flushed together with the bad is lost with it.
    readings.push(errorOf(device.read(good)));
    await completeAll(backend);
    const [first, ...others] = await Promise.all(readings);
    expect(first.code).toBe('SUBMISSION_FAILED');
    for (const other of others) expect(other).toBe(first);
    const fresh = work.read(work.add(work.upload([5]), 1));
    await completeAll(backend);
    expect(await fresh).toEqual([6]);
  });

  it('poisons what was in flight behind it, but not what comes after', async () => {
    const { backend, device, work } = await fakeDevice({ hostMemory });
    work.upload([1]);
    device.flush();
    const behind = work.upload([2]);
    device.flush();
    backend.submissions[0].fail();
    await turn();
    const later = work.upload([3]);
    device.flush();
    await completeAll(backend);
    expect(await rejection(device.read(behind))).toBe('SUBMISSION_FAILED');
    const reading = work.read(later);
    await completeAll(backend);
    expect(await reading).toEqual([3]);
  });

  it('poisons the queue behind a full pipeline: work that waited for a slot does not run on it', async () => {
    const { backend, device, work } = await fakeDevice({ hostMemory, limits: { maxSubmissionsInFlight: 1 } });
    const x = work.upload([1]);
    device.flush();
    const y = work.add(x, 1);
    device.flush();
    const reading = errorOf(device.read(y));
    backend.submissions[0].fail();
    await completeAll(backend);
    expect((await reading).code).toBe('SUBMISSION_FAILED');
  });

  it('poisons the rest of a plan of which a part was in flight behind it', async () => {
    const { backend, device, work } = await fakeDevice({
      hostMemory,
      limits: { maxSubmissionsInFlight: 2, maxCommandsPerSubmission: 2 },
    });
    const x = work.upload([1]);
    device.flush();
    let y: Buffer | undefined;
    device.run(() => {
      let at = x;
      for (let i = 0; i < 6; i++) at = work.add(at, 1);
      device.untrack(at);
      y = at;
    });
    expect(backend.submissions.length).toBe(2);
    const reading = errorOf(device.read(y as Buffer));
    backend.submissions[0].fail();
    await turn();
    await completeAll(backend);
    expect((await reading).code).toBe('SUBMISSION_FAILED');
  });

  it('poisons a buffer that was freed before it failed, for those who read it before', async () => {
    const { backend, device, work } = await fakeDevice({ hostMemory });
    const x = work.upload([1]);
    device.flush();
    const reading = errorOf(device.read(x));
    const y = work.add(x, 1);
    x.free();
    backend.submissions[0].fail();
    await turn();
    const readingY = errorOf(device.read(y));
    await completeAll(backend);
    expect((await reading).code).toBe('SUBMISSION_FAILED');
    expect((await readingY).code).toBe('SUBMISSION_FAILED');
  });

  it('is forgotten where the bytes are written anew, byte by byte', async () => {
    const { backend, device, work } = await fakeDevice({ hostMemory });
    const x = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    device.flush();
    backend.submissions[0].fail();
    await turn();
    device.write(x, Uint32Array.of(9, 9, 9, 9));
    device.flush();
    await completeAll(backend);
    const [left, right] = [x.view(0, 16), x.view(16, 16)];
    const reading = work.read(left);
    await completeAll(backend);
    expect(await reading).toEqual([9, 9, 9, 9]);
    expect(await rejection(device.read(right))).toBe('SUBMISSION_FAILED');
    expect(await rejection(device.read(x))).toBe('SUBMISSION_FAILED');
    device.fill(x, 7);
    const whole = work.read(x);
    await completeAll(backend);
    expect(await whole).toEqual(new Array(8).fill(7));
  });
});

describe('work that cannot be submitted', () => {
  it('poisons all that it would have written, also over older poison', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    const x = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    await device.idle();
    device.fill(x.view(0, 16));
    device.flush();
    backend.submissions[1].fail(new WickError('SUBMISSION_FAILED', 'first'));
    await turn();
    backend.before.prepare = () => {
      throw new WickError('KERNEL_COMPILE_FAILED', 'second');
    };
    const source = work.upload([1, 2, 3, 4, 5, 6, 7, 8]);
    await expect(device.idle()).rejects.toThrow();
    work.addInto(source, x, 1);
    device.flush();
    expect(await rejection(device.read(x.view(0, 16)))).toBe('SUBMISSION_FAILED');
    expect(await rejection(device.read(x.view(16, 16)))).toBe('KERNEL_COMPILE_FAILED');
  });

  it.each([
    ['prepare', 'KERNEL_COMPILE_FAILED'],
    ['allocate', 'OUT_OF_MEMORY'],
    ['submit', 'SUBMISSION_FAILED'],
  ] as const)('because %s throws fails with %s, once; the next work succeeds', async (call, code) => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    let calls = 0;
    backend.before[call] = () => {
      calls++;
      throw new Error('on purpose');
    };
    const x = work.upload([1]);
    const y = work.add(x, 1);
    expect(await rejection(device.read(y))).toBe(code);
    expect(calls).toBeGreaterThan(0);
    delete backend.before[call];
    expect(await rejection(device.idle())).toBe(code);
    await device.idle();
    expect(await work.read(work.add(work.upload([1]), 1))).toEqual([2]);
  });

  it('is told by idle, once, with the first cause', async () => {
    const { backend, device, work } = await fakeDevice();
    for (const value of [1, 2]) {
      work.upload([value]);
      device.flush();
    }
    backend.submissions[0].fail(new WickError('OUT_OF_MEMORY', 'first'));
    backend.submissions[1].fail(new WickError('SUBMISSION_FAILED', 'second'));
    expect(await rejection(device.idle())).toBe('OUT_OF_MEMORY');
    await device.idle();
  });

  it('gives the memory back that it took', async () => {
    const { backend, device, work } = await fakeDevice({ automatic: true });
    backend.before.submit = () => {
      throw new Error('on purpose');
    };
    const y = device.run(() => work.add(work.add(work.upload([1]), 1), 1));
    expect(await rejection(device.read(y))).toBe('SUBMISSION_FAILED');
    y.free();
    await device.idle().catch(() => {});
    device.trim();
    expect(backend.live.size).toBe(0);
    expect(device.stats().buffers.live).toBe(0);
  });

  it('leaves no rejection unhandled where one kernel compiles later and the next fails at once', async () => {
    const { backend, device, work } = await fakeDevice({ prepare: 'later' });
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const x = work.upload([1]);
    const y = work.add(x, 1);
    backend.before.prepare = () => {
      if (backend.prepareCalls > 1) throw new WickError('KERNEL_COMPILE_FAILED', 'the second');
    };
    work.increment(y, 1);
    const reading = rejection(device.read(y));
    for (const pipeline of backend.pipelines) pipeline.reject(new Error('the first'));
    expect(await reading).toBe('KERNEL_COMPILE_FAILED');
    await turn();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});
