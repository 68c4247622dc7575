/** What a destroyed device leaves behind: nothing that the garbage collector could not take. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openDevice } from '@wick/core';
import { expect, it } from 'vitest';
import { webgpu } from '../src/index.js';
import { onNull } from './helpers/hosts.js';
import { increase } from './helpers/kernels.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Opens a device, computes, and destroys it; what is returned does not keep it alive. */
async function used(): Promise<WeakRef<GPUDevice>> {
  const backend = await onNull().open();
  if (!('device' in backend)) throw new Error(`${backend.info.name} has no device`);
  const device = await openDevice({ name: webgpu().name, open: async () => backend });
  const x = device.createBuffer({ byteLength: 16 });
  device.fill(x);
  device.dispatch(increase, { bindings: { x }, params: { size: 4, amount: 1 }, grid: [4, 1, 1] });
  await device.read(x);
  const reference = new WeakRef(backend.device as GPUDevice);
  await device.close();
  return reference;
}

it('a device that was destroyed is collected, and its threads with it', async () => {
  const devices = [await used(), await used(), await used()];
  for (let i = 0; i < 20 && devices.some((each) => each.deref() !== undefined); i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
  }
  expect(devices.map((each) => each.deref())).toEqual([undefined, undefined, undefined]);
});
