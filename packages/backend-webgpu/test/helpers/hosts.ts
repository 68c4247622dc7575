/** The implementations of WebGPU that tests in Node run on. */

import { missingVulkan } from '../../../../testing/webgpu.js';
import { type WebGpuOptions, webgpu } from '../../src/index.js';

/** Checks every call as Dawn does everywhere, and computes nothing: reads give zeros. */
export const onNull = (options: WebGpuOptions = {}) => webgpu({ dawnFlags: ['backend=null'], ...options });

/** Computes, in software where there is no GPU. */
export const onDawn = (options: WebGpuOptions = {}) => webgpu({ dawnFlags: [], ...options });

/** Why nothing can compute here; see `describeUnless`. */
export const noVulkan = missingVulkan();
