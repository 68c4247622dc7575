import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { codeOf, errorOf, rejection } from '../helpers/errors.js';
import { fakeDevice, isSettled, turn, Work } from '../helpers/work.js';

describe.each(['lost', 'destroyed'] as const)('a device that is %s', (reason) => {
  async function scenario(options: Parameters<typeof fakeDevice>[0] = {}) {
    const made = await fakeDevice(options);
    const end = async () => {
      if (reason === 'lost') made.backend.lose();
      else made.device.destroy();
      await turn();
    };
    return { ...made, end };
  }

  it('says so once, with the reason', async () => {
    const { device, end } = await scenario();
    let settled = 0;
    void device.lost.then(() => settled++);
    await end();
    await end();
    device.destroy();
    expect(await device.lost).toMatchObject({ reason });
    await turn();
    expect(settled).toBe(1);
  });

  it.each([true, false])(
    'rejects reads that wait for work in flight (host memory %s)',
    async (hostMemory) => {
      const { work, device, end } = await scenario({ hostMemory });
      const [x, y] = [work.upload([1]), work.upload([2])];
      const readings = [rejection(device.read(x)), rejection(device.read(y))];
      const idle = rejection(device.idle());
      await end();
      expect(await Promise.all(readings)).toEqual(['DEVICE_LOST', 'DEVICE_LOST']);
      expect(await idle).toBe('DEVICE_LOST');
      expect(device.stats().work.inFlight).toBe(0);
    },
  );

  it.each([true, false])('rejects reads of queued work (host memory %s)', async (hostMemory) => {
    const { work, device, end } = await scenario({ hostMemory, limits: { maxSubmissionsInFlight: 1 } });
    const readings = [1, 2, 3].map((value) => rejection(device.read(work.upload([value]))));
    await end();
    expect(await Promise.all(readings)).toEqual(['DEVICE_LOST', 'DEVICE_LOST', 'DEVICE_LOST']);
  });

  it('rejects work whose pipeline never settles, exactly once, also when it settles late', async () => {
    const { backend, device, work, end } = await scenario({ prepare: 'later' });
    const reading = rejection(device.read(work.add(work.upload([1]), 1)));
    expect(await isSettled(reading)).toBe(false);
    await end();
    expect(await reading).toBe('DEVICE_LOST');
    backend.pipelines[0].resolve();
    await turn();
    expect(backend.submissions.length).toBe(0);
  });

  it('leaves no rejection unhandled when a pipeline or an allocation fails late', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const { backend, device, work, end } = await scenario({ prepare: 'later', allocate: 'later' });
    const reading = rejection(device.read(work.add(work.upload([1]), 1)));
    await turn();
    await end();
    expect(await reading).toBe('DEVICE_LOST');
    for (const { reject } of [...backend.pipelines, ...backend.pendingAllocations]) reject(new Error('late'));
    await turn();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('rejects the reads of a run under way, which itself can end', async () => {
    const { device, work, end, backend } = await scenario();
    const x = work.upload([1]);
    let reading: Promise<string> | undefined;
    const run = () =>
      device.run(() => {
        reading = rejection(device.read(x));
        device.destroy();
        work.increment(x, 1);
      });
    expect(codeOf(run)).toBe('DEVICE_LOST');
    expect(await reading).toBe('DEVICE_LOST');
    await end();
    expect(backend.submissions.length).toBe(0);
  });

  it('refuses everything that would need it, with one cause', async () => {
    const { device, work, end } = await scenario();
    const [x, y] = [work.upload([1]), work.empty(1)];
    const plan = device.compile({ x: 4 }, (inputs) => ({ out: work.add(inputs.x, 1) }));
    await end();
    const calls = {
      createBuffer: () => device.createBuffer({ byteLength: 4 }),
      write: () => device.write(x, Uint32Array.of(1)),
      fill: () => device.fill(x),
      copy: () => device.copy(x, y),
      dispatch: () => work.increment(x, 1),
      run: () => device.run(() => 1),
      compile: () => device.compile({}, () => ({})),
      replay: () => plan.run({ x }),
      flush: () => device.flush(),
    };
    for (const [name, call] of Object.entries(calls))
      expect([name, codeOf(call)]).toEqual([name, 'DEVICE_LOST']);
    const error = await errorOf(device.read(x));
    expect(error.code).toBe('DEVICE_LOST');
    expect(await errorOf(device.read(x))).toBe(error);
    expect(await errorOf(device.idle())).toBe(error);
  });

  it('still lets go: free, scopes, plans, trim, figures and trace stay safe', async () => {
    const { device, work, end, backend } = await scenario();
    const x = work.upload([1]);
    const plan = device.compile({ x: 4 }, (inputs) => ({ out: work.add(inputs.x, 1) }));
    const { out } = plan.run({ x });
    device.scope(() => {});
    await end();
    x.free();
    out.free();
    plan.free();
    device.trim();
    device.scope(() => {});
    expect(device.stats().buffers.live).toBe(0);
    expect(device.stats().work.inFlight).toBe(0);
    expect(device.trace.toChromeTrace().traceEvents.length).toBeGreaterThan(0);
    expect(device.info.name).toBe('fake');
    await device.close();
    device.destroy();
    expect(backend.destroyCalls).toBe(1);
    expect(backend.live.size).toBe(0);
  });
});

it('a completed read is not taken back when the device is destroyed after it', async () => {
  const { backend, device, work } = await fakeDevice({ hostMemory: false });
  const reading = work.read(work.upload([3]));
  backend.submissions[0].complete();
  await turn();
  device.destroy();
  expect(await reading).toEqual([3]);
});

it('two devices of one backend live side by side; one goes, the other works', async () => {
  const [a, b] = [await openDevice(cpu()), await openDevice(cpu())];
  const [workA, workB] = [new Work(a), new Work(b)];
  const x = workA.upload([1]);
  const y = workB.upload([2]);
  expect(codeOf(() => workB.add(x, 1))).toBe('INVALID_ARGUMENT');
  expect(codeOf(() => b.copy(x, y))).toBe('INVALID_ARGUMENT');
  expect(await rejection(b.read(x))).toBe('INVALID_ARGUMENT');
  a.destroy();
  expect(await workB.read(workB.add(y, 1))).toEqual([3]);
  await b.close();
});
