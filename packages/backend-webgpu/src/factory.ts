/** The factory that configurations name. */

import type { BackendFactory } from '@wick/core';
import { WebGpuBackend } from './backend.js';
import { openAdapter } from './host/adapter.js';
import type { WebGpuOptions } from './options.js';

/**
 * Opens the WebGPU backend: in browsers, workers and Deno on `navigator.gpu`, in Node on Dawn through the
 * package `webgpu`. Each opening asks for an adapter and makes a device of its own.
 */
export function webgpu(options: WebGpuOptions = {}): BackendFactory {
  return { name: 'webgpu', open: async () => new WebGpuBackend(await openAdapter(options)) };
}
