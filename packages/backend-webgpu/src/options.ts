/** Options of the WebGPU backend. */

import type { BackendLimits } from '@wick/core';

export interface WebGpuOptions {
  /**
   * The entry point of WebGPU. Default: `navigator.gpu` where there is one (browsers, workers, Deno), else
   * Dawn through the package `webgpu`, which Node needs beside this one.
   */
  readonly gpu?: GPU;
  /** Which of several GPUs to take. Default: `high-performance`. */
  readonly powerPreference?: GPUPowerPreference;
  /**
   * An adapter that was requested already. It gives one device, so the factory opens once. The `GPU` that it
   * came from must be kept for as long.
   */
  readonly adapter?: GPUAdapter;
  /**
   * Flags for Dawn, where the package `webgpu` is used: `backend=null`, `adapter=NAME`,
   * `enable-dawn-features=NAME,NAME`. Default: none.
   */
  readonly dawnFlags?: readonly string[];
  /** Tighter bounds than the adapter's, or other ones for submissions; see `BackendLimits`. */
  readonly limits?: Partial<BackendLimits>;
  /** Features of the adapter that are not used though it has them. Default: none. */
  readonly without?: readonly OptionalFeature[];
}

/** The features of WebGPU that this backend asks for where the adapter has them. */
export const OPTIONAL_FEATURES = [
  'shader-f16',
  'subgroups',
  'timestamp-query',
  // Dawn's, and only where its unsafe interfaces are allowed; not in any standard.
  'chromium-experimental-subgroup-matrix',
] as const;
export type OptionalFeature = (typeof OPTIONAL_FEATURES)[number];
