import { type Device, WickError } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { rejection } from '../helpers/errors.js';
import { fakeDevice, isSettled, turn } from '../helpers/work.js';

describe('close', () => {
  it('carries out what was recorded, lets reads end, then destroys the backend once', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1]);
    const reading = work.read(x);
    work.increment(x, 1, 'last');
    const closing = device.close();
    expect(await isSettled(closing)).toBe(false);
    for (const submission of backend.pending) submission.complete();
    for (let i = 0; i < 3; i++) {
      await turn();
      for (const submission of backend.pending) submission.complete();
    }
    await closing;
    expect(await reading).toEqual([1]);
    expect(backend.submissions.flatMap(({ labels }) => labels)).toContain('last');
    expect(backend.destroyCalls).toBe(1);
    expect(await device.lost).toMatchObject({ reason: 'destroyed' });
  });

  it.each([true, false])(
    'lets a read end that was called in the same turn (host memory %s)',
    async (hostMemory) => {
      const { device, work } = await fakeDevice({ automatic: true, hostMemory });
      const x = work.upload([1]);
      await device.idle();
      const complete = work.read(x);
      const pending = work.read(work.add(x, 1));
      await device.close();
      expect([await complete, await pending]).toEqual([[1], [2]]);
    },
  );

  it('called twice waits twice, and is the same as `await using`', async () => {
    const { backend, device, work } = await fakeDevice();
    work.upload([1]);
    const first = device.close();
    const second = device.close();
    const third = device[Symbol.asyncDispose]();
    expect(await isSettled(second)).toBe(false);
    backend.submissions[0].complete();
    await Promise.all([first, second, third]);
    await device.close();
    expect(backend.destroyCalls).toBe(1);
  });

  it('ends although work failed', async () => {
    const { backend, device, work } = await fakeDevice();
    work.upload([1]);
    const closing = device.close();
    backend.submissions[0].fail();
    await closing;
    expect(backend.destroyCalls).toBe(1);
  });

  it('of a device that is being closed and destroyed ends at once', async () => {
    const { device, work } = await fakeDevice();
    const reading = rejection(device.read(work.upload([1])));
    const closing = device.close();
    device.destroy();
    await closing;
    expect(await reading).toBe('DEVICE_LOST');
  });
});

/** Every public method, as a call that is right on a live device. */
async function everyCall(device: Device, work: Awaited<ReturnType<typeof fakeDevice>>['work']) {
  const [x, y] = [work.upload([1]), work.empty(1)];
  const plan = device.compile({ x: 4 }, (inputs) => ({ out: work.add(inputs.x, 1) }));
  const recording = {
    createBuffer: () => device.createBuffer({ byteLength: 4 }),
    write: () => device.write(x, Uint32Array.of(1)),
    fill: () => device.fill(x),
    copy: () => device.copy(x, y),
    dispatch: () => work.increment(x, 1),
    read: () => device.read(x),
    run: () => device.run(() => 1),
    compile: () => device.compile({}, () => ({})),
    replay: () => plan.run({ x }),
    flush: () => device.flush(),
    idle: () => device.idle(),
  };
  const harmless = {
    scope: () => device.scope(() => 1),
    group: () => device.group('a', () => 1),
    track: () => device.track(x),
    untrack: () => device.untrack(x),
    view: () => x.view(0, 4),
    stats: () => device.stats(),
    observePlans: () => device.observePlans(() => {})(),
    observeCompilations: () => device.observeCompilations(() => {})(),
    trim: () => device.trim(),
    info: () => [device.info, device.limits, device.capabilities],
    trace: () => device.trace.toChromeTrace(),
    free: () => y.free(),
    freePlan: () => plan.free(),
  };
  return { recording, harmless };
}

describe('every method', () => {
  const expected = (names: readonly string[], code: string) =>
    Object.fromEntries(names.map((name) => [name, code]));

  async function outcomes(calls: Readonly<Record<string, () => unknown>>): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) {
      try {
        await call();
        found[name] = 'fine';
      } catch (thrown) {
        found[name] = thrown instanceof WickError ? thrown.code : `no WickError: ${thrown}`;
      }
    }
    return found;
  }

  it('works on a live device', async () => {
    const { device, work } = await fakeDevice({ automatic: true });
    const { recording, harmless } = await everyCall(device, work);
    expect(await outcomes(recording)).toEqual(expected(Object.keys(recording), 'fine'));
    expect(await outcomes(harmless)).toEqual(expected(Object.keys(harmless), 'fine'));
  });

  it('that needs the device is refused while it is being closed', async () => {
    const { backend, device, work } = await fakeDevice();
    const { recording, harmless } = await everyCall(device, work);
    work.upload([1]);
    const closing = device.close();
    expect(await outcomes(recording)).toEqual(expected(Object.keys(recording), 'INVALID_STATE'));
    expect(await outcomes(harmless)).toEqual(expected(Object.keys(harmless), 'fine'));
    for (const submission of backend.pending) submission.complete();
    await closing;
  });

  it.each(['closed', 'destroyed'] as const)(
    'that needs the device is refused after it was %s',
    async (how) => {
      const { device, work } = await fakeDevice({ automatic: true });
      const { recording, harmless } = await everyCall(device, work);
      if (how === 'closed') await device.close();
      else device.destroy();
      expect(await outcomes(recording)).toEqual(expected(Object.keys(recording), 'DEVICE_LOST'));
      expect(await outcomes(harmless)).toEqual(expected(Object.keys(harmless), 'fine'));
    },
  );
});
