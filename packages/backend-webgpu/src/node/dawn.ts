/** WebGPU in Node: Dawn, through the optional peer dependency `webgpu`. */

import { toWickError, WickError } from '@wick/core';
import type { WebGpuOptions } from '../options.js';
import { checkOptions } from './check-options.js';
import type { NodeProcess } from './process.js';
import { dawnEnvironments, missingVulkan, withEnvironment } from './vulkan.js';

/** The part of the package that is used. */
interface DawnModule {
  create(flags: string[]): GPU;
}

/** A variable, so that no bundler looks for the package. */
const PACKAGE: string = 'webgpu';

/**
 * Instances of Dawn by their flags. They are never given up: one that is collected while anything made from
 * it is alive takes the process down.
 */
const instances = new Map<string, Promise<GPU>>();
/** The driver is found through the environment of the process, so instances start one at a time. */
let starting: Promise<unknown> = Promise.resolve();

/** Opens Dawn, or finds the instance that is open with the same flags. No global is set. */
export async function openDawn(process: NodeProcess, options: WebGpuOptions): Promise<GPU> {
  checkOptions(options);
  const flags = options.dawnFlags ?? [];
  const key = flags.join('\n');
  const known = instances.get(key);
  if (known !== undefined) return known;
  const instance = starting.then(() => startDawn(process, flags));
  starting = instance.catch(() => instances.delete(key));
  instances.set(key, instance);
  return instance;
}

/** Starts Dawn with the first driver that gives an adapter. Rejects `BACKEND_UNAVAILABLE`. */
async function startDawn(process: NodeProcess, flags: readonly string[]): Promise<GPU> {
  const dawn = await loadDawn();
  for (const environment of dawnEnvironments(process)) {
    const gpu = create(dawn, flags);
    const adapter = await withEnvironment(process, environment, () => gpu.requestAdapter());
    if (adapter !== null) return gpu;
  }
  const why = missingVulkan(process) ?? 'no driver that is installed gives one';
  throw new WickError('BACKEND_UNAVAILABLE', `Dawn finds no adapter: ${why}`);
}

async function loadDawn(): Promise<DawnModule> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ PACKAGE)) as DawnModule;
  } catch (thrown) {
    throw new WickError(
      'BACKEND_UNAVAILABLE',
      `the package "${PACKAGE}" (Dawn), which gives Node WebGPU, cannot be loaded; install it beside @wick/backend-webgpu`,
      { cause: thrown },
    );
  }
}

function create(dawn: DawnModule, flags: readonly string[]): GPU {
  try {
    return dawn.create([...flags]);
  } catch (thrown) {
    throw toWickError(thrown, 'BACKEND_UNAVAILABLE', `Dawn does not start with flags [${flags}]`);
  }
}
