/** Finds the host's WebGPU. */

import { WickError } from '@wick/core';
import { nodeProcess } from '../node/process.js';
import type { WebGpuOptions } from '../options.js';

/** The `GPU` object to use: the given one, the host's own, or Dawn's. Rejects `BACKEND_UNAVAILABLE`, and `BAD_CONFIG` in Node. */
export async function findGpu(options: WebGpuOptions): Promise<GPU> {
  const { gpu, dawnFlags } = options;
  if (gpu !== undefined) return gpu;
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  // Whoever gives flags to Dawn wants Dawn.
  if (navigator?.gpu !== undefined && dawnFlags === undefined) return navigator.gpu;
  const process = nodeProcess();
  if (process !== undefined) {
    // No page needs to download it.
    const { openDawn } = await import('../node/dawn.js');
    return openDawn(process, options);
  }
  throw new WickError('BACKEND_UNAVAILABLE', 'this host has no navigator.gpu');
}
