/** A worker of Node that computes 2 x for what it is sent, on a device of its own. */

import { parentPort } from 'node:worker_threads';
import webgpu from '@wick/backend-webgpu';
import { kernels, openDevice } from '@wick/core';

parentPort?.once('message', async (values: readonly number[]) => {
  const device = await openDevice(webgpu());
  const byteLength = 4 * values.length;
  const [x, out] = [device.createBuffer({ byteLength }), device.createBuffer({ byteLength })];
  device.write(x, Float32Array.from(values));
  device.dispatch(kernels.binaryScalar, {
    bindings: { x, out },
    constants: { op: 'mul', reversed: false },
    params: { size: values.length, scalar: 2, integer: 0 },
    grid: [values.length, 1, 1],
  });
  const bytes = await device.read(out);
  parentPort?.postMessage([...new Float32Array(bytes.buffer, bytes.byteOffset, values.length)]);
});
