/** WebGPU in Node: Dawn, through the optional peer dependency `webgpu`. */

import { toWickError, WickError } from '@wick/core';

/** The part of the package that is used. */
interface DawnModule {
  create(flags: string[]): GPU;
}

/** A variable, so that no bundler looks for the package. */
const PACKAGE: string = 'webgpu';

/** Whether this is a host that can load Dawn. */
export function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: Record<string, string | undefined> } };
  return process?.versions?.node !== undefined;
}

/** Opens Dawn. Its `GPU` lives as long as something refers to it; no global is set. */
export async function openDawn(flags: readonly string[]): Promise<GPU> {
  let dawn: DawnModule;
  try {
    dawn = (await import(/* @vite-ignore */ /* webpackIgnore: true */ PACKAGE)) as DawnModule;
  } catch (thrown) {
    throw new WickError(
      'BACKEND_UNAVAILABLE',
      `the package "${PACKAGE}" (Dawn), which gives Node WebGPU, cannot be loaded; install it beside @wick/backend-webgpu`,
      { cause: thrown },
    );
  }
  try {
    return dawn.create([...flags]);
  } catch (thrown) {
    throw toWickError(thrown, 'BACKEND_UNAVAILABLE', `Dawn does not start with flags [${flags}]`);
  }
}
