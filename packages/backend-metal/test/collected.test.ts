/** What a device that has ended leaves behind: nothing that the garbage collector could not take. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Device, openDevice } from '@wick/core';
import { afterEach, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';
import { increase } from './helpers/kernels.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Opens a device, computes, and ends it; what is returned does not keep it alive. */
async function used(end: (device: Device) => Promise<unknown>): Promise<WeakRef<object>> {
  const backend = await metal().open();
  const device = await openDevice({ name: 'metal', open: async () => backend });
  const x = device.createBuffer({ byteLength: 16 });
  device.fill(x);
  device.dispatch(increase, { bindings: { x }, params: { size: 4, amount: 1 }, grid: [4, 1, 1] });
  await device.read(x);
  device.dispatch(increase, { bindings: { x }, params: { size: 4, amount: 1 }, grid: [4, 1, 1] });
  const reference = new WeakRef(backend);
  await end(device);
  return reference;
}

const ends: [string, (device: Device) => Promise<unknown>][] = [
  ['was closed', (device) => device.close()],
  [
    'was destroyed with work in flight',
    async (device) => {
      device.flush();
      device.destroy();
    },
  ],
];
if (process.platform === 'linux') {
  // Metal itself does not fail on command.
  ends.push([
    'was lost',
    async (device) => {
      process.env.SOFTMETAL_FAIL = 'remove:1';
      device.flush();
      await device.lost;
    },
  ]);
}

describeUnless(missingMetal(), 'a device', () => {
  afterEach(() => {
    delete process.env.SOFTMETAL_FAIL;
  });

  it.each(ends)('that %s is collected', async (_, end) => {
    const backends: WeakRef<object>[] = [];
    for (let i = 0; i < 3; i++) {
      backends.push(await used(end));
      delete process.env.SOFTMETAL_FAIL;
    }
    for (let i = 0; i < 50 && backends.some((each) => each.deref() !== undefined); i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    expect(backends.filter((each) => each.deref() !== undefined).length).toBe(0);
  });
});
