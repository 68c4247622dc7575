import { cpu } from '@wick/backend-cpu';
import { defineKernel, openDevice, type Plan, WickError } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { errorOf, rejection } from './helpers/errors.js';
import { fakeDevice, Work } from './helpers/work.js';

const scale = defineKernel({
  name: 'test.scale',
  bindings: { x: 'read', out: 'write' },
  params: { n: 'u32', a: 'f32' },
  reference({ bindings, params }) {
    for (let i = 0; i < params.n; i++) bindings.out[i] = params.a * bindings.x[i];
  },
});

describe('a device', () => {
  it("runs a chain of a user's kernel and reads it", async () => {
    await using device = await openDevice(cpu());
    const x = device.createBuffer({ byteLength: 16, label: 'x' });
    device.write(x, new Float32Array([1, 2, 3, 4]));
    const y = device.run(() => {
      let at = x;
      for (let i = 0; i < 5; i++) {
        const out = device.createBuffer({ byteLength: 16, label: `t${i}` });
        device.dispatch(scale, { bindings: { x: at, out }, params: { n: 4, a: 2 }, grid: [4, 1, 1] });
        at = out;
      }
      return at;
    });
    const bytes = await device.read(y);
    expect([...new Float32Array(bytes.buffer)]).toEqual([32, 64, 96, 128]);
    expect(device.stats().work).toMatchObject({ plans: 1, submissions: 1, dispatches: 5, barriers: 5 });
  });

  it('says what it is', async () => {
    await using device = await openDevice(cpu({ limits: { maxBindings: 7 } }));
    expect(device.info.name).toBe('cpu');
    expect(device.limits.maxBindings).toBe(7);
    expect(device.capabilities.explicitBarriers).toBe(true);
  });

  it('cannot be opened where its backend cannot', async () => {
    const open = async () => {
      throw new WickError('BACKEND_UNAVAILABLE', 'no adapter');
    };
    expect(await rejection(openDevice({ name: 'gpu', open }))).toBe('BACKEND_UNAVAILABLE');
  });

  it('shows every plan to those who observe, for as long as they do', async () => {
    const { device, work } = await fakeDevice();
    const plans: Plan[] = [];
    const stop = device.observePlans((plan) => plans.push(plan));
    const x = work.upload([1], 'x');
    device.flush();
    device.run(() => work.add(x, 1), { label: 'my run' });
    stop();
    work.increment(x, 1);
    device.flush();
    expect(plans.map(({ recording }) => recording.label)).toEqual(['window', 'my run']);
    expect(plans[0].recording.commands.map(({ label }) => label)).toEqual(['write x']);
  });

  it('puts the names of groups in front of labels, in plans and in errors', async () => {
    const { backend, device, work } = await fakeDevice();
    const x = work.upload([1], 'x');
    const y = device.group('block 3', () => device.group('norm', () => work.add(x, 1, 'mean')));
    expect(() =>
      device.group('broken', () => {
        throw new RangeError('on purpose');
      }),
    ).toThrow(RangeError);
    work.increment(y, 1, 'after');
    const reading = errorOf(device.read(y));
    expect(backend.submissions[0].labels).toEqual(['write x', 'block 3/norm/mean', 'after']);
    backend.submissions[0].fail();
    expect((await reading).commands).toContain('block 3/norm/mean');
  });

  it('frees what a scope made and does not return, unless it is taken out', async () => {
    const { device } = await fakeDevice();
    const work = new Work(device);
    const disposed: string[] = [];
    const own = { [Symbol.dispose]: () => disposed.push('own') };
    const { kept } = device.scope(() => {
      work.empty(1, 'dropped');
      device.untrack(work.empty(1, 'untracked'));
      device.track(own);
      return { kept: [work.empty(1, 'kept')] };
    });
    expect([...device.stats().buffers.byLabel.keys()].toSorted()).toEqual(['kept', 'untracked']);
    expect([disposed, kept[0].freed]).toEqual([['own'], false]);
  });
});
