/** What somebody would write without Wick: the same calls, straight to WebGPU. */

import type { CommandBufferCalls } from './calls.js';

/** Milliseconds from the first call to the completion of everything. */
export async function runLoop(device: GPUDevice, buffers: readonly CommandBufferCalls[]): Promise<number> {
  const begun = performance.now();
  const { queue } = device;
  for (const { writes, passes } of buffers) {
    for (const { buffer, offset, bytes } of writes) queue.writeBuffer(buffer, offset, bytes);
    const encoder = device.createCommandEncoder();
    for (const calls of passes) {
      const pass = encoder.beginComputePass();
      for (const { pipeline, group, offsets, x, y, z } of calls) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, offsets);
        if (y === 1 && z === 1) pass.dispatchWorkgroups(x);
        else pass.dispatchWorkgroups(x, y, z);
      }
      pass.end();
    }
    queue.submit([encoder.finish()]);
  }
  await queue.onSubmittedWorkDone();
  return performance.now() - begun;
}
