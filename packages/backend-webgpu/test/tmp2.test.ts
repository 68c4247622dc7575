import { openDevice, kernels } from '@wick/core';
import { it } from 'vitest';
import { webgpu } from '../src/index.js';
import { missingVulkan } from '../../../testing/webgpu.js';

it('time', { timeout: 600000 }, async () => {
  missingVulkan();
  let t = performance.now(); const lap = (n: string) => { console.log(n, (performance.now() - t).toFixed(2)); t = performance.now(); };
  const backend = await webgpu().open();
  lap('open');
  for (let i = 0; i < 4; i++) { await backend.allocate(4096); lap('allocate'); }
  for (const op of ['abs', 'neg', 'sin', 'cos','relu'] as const) {
    await backend.prepare({ key: op, kernel: kernels.unary as never, constants: { op }, dtypes: ['float32', 'float32'], specialization: '' });
    lap('prepare ' + op);
  }
  const device = await openDevice(webgpu()); lap('open2');
  const x = device.createBuffer({ byteLength: 20 }); device.write(x, new Float32Array(5)); 
  const y = device.createBuffer({ byteLength: 20 });
  const go = () => device.dispatch(kernels.unary, { bindings: { x, out: y }, params: { size: 5, alpha: 0, beta: 0 }, constants: { op: 'relu' }, grid: [5, 1, 1] });
  go(); await device.read(y); lap('first read');
  for (let i = 0; i < 5; i++) { go(); await device.read(y); lap('read'); }
  for (let i = 0; i < 5; i++) { await device.read(y); lap('read only'); }
  for (let i = 0; i < 5; i++) { go(); await device.idle(); lap('idle'); }
  await device.close(); lap('close');
});
