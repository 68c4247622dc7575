/** The trace has a lane of what the device itself measured. */

import { type Device, openDevice } from '@wick/core';
import { expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { noVulkan, onDawn } from './helpers/hosts.js';
import { increase } from './helpers/kernels.js';

const COUNT = 2 ** 16;

/** Two submissions: one of two passes, with a copy between them, and one of one. */
async function work(device: Device): Promise<void> {
  const byteLength = 4 * COUNT;
  const [x, y] = [device.createBuffer({ byteLength }), device.createBuffer({ byteLength })];
  const dispatch = (buffer: typeof x) =>
    device.dispatch(increase, {
      bindings: { x: buffer },
      params: { size: COUNT, amount: 1 },
      grid: [COUNT, 1, 1],
    });
  device.run(() => {
    device.fill(x);
    dispatch(x);
    device.copy(x, y);
    dispatch(y);
  });
  device.run(() => dispatch(x));
  await device.idle();
  x.free();
  y.free();
}

function lane(device: Device, name: string) {
  const { traceEvents } = device.trace.toChromeTrace();
  const tid = traceEvents.find((event) => event.ph === 'M' && event.args?.name === name)?.tid;
  return traceEvents.filter((event) => event.ph === 'X' && event.tid === tid);
}

describeUnless(noVulkan, 'the trace', () => {
  it('shows when each pass ran, before its completion was seen', async () => {
    const device = await openDevice(onDawn(), { trace: true });
    expect(device.capabilities.timestamps).toBe(true);
    await work(device);
    const passes = lane(device, 'device');
    const submissions = lane(device, 'backend');
    expect(submissions).toHaveLength(2);
    expect(passes).toHaveLength(3);
    for (const { ts, dur } of passes) {
      expect(ts).toBeGreaterThanOrEqual(0);
      expect(dur).toBeGreaterThanOrEqual(0);
    }
    // In order, and the last one over when the last submission was.
    const ends = passes.map(({ ts = 0, dur = 0 }) => ts + dur);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    const { ts = 0, dur = 0 } = submissions[1];
    expect(ends[2]).toBeLessThanOrEqual(ts + dur + 1);
    await device.close();
  });

  it('has no such lane where the feature is left out, nor after it was stopped', async () => {
    const device = await openDevice(onDawn({ without: ['timestamp-query'] }), { trace: true });
    await work(device);
    expect(lane(device, 'device')).toEqual([]);
    expect(lane(device, 'backend').length).toBe(2);
    await device.close();
  });
});
