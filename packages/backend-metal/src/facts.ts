/** What a Metal device is, in the core's words. */

import type { BackendCapabilities, BackendInfo, BackendLimits } from '@wick/core';
import { BINDING_ALIGNMENT } from './kernel.js';
import type { NativeFacts } from './native.js';
import type { MetalOptions } from './options.js';
import { SIMD_WIDTH } from './pipeline/prepare.js';

const GIB = 2 ** 30;
/** Metal has 31 places for buffers; one is for the parameter struct. */
const MAX_BINDINGS = 30;

export function infoOf({ name, system }: NativeFacts): BackendInfo {
  // Outside of macOS it is the release of a kernel, which drives no Metal.
  const driver = system.startsWith('Version') ? system : 'GNUstep';
  return { name: 'metal', vendor: name.split(' ', 1)[0], device: name, driver };
}

/**
 * Submissions are bounded so that one takes well under the second or two after which macOS stops a command
 * buffer, on a GPU of 1 TFLOP/s; and so that the first begins while the next is encoded.
 */
export function limitsOf({ maxBufferLength }: NativeFacts, { limits }: MetalOptions): BackendLimits {
  const most = Math.floor(maxBufferLength / BINDING_ALIGNMENT) * BINDING_ALIGNMENT;
  return {
    maxAllocationBytes: most,
    maxBindingBytes: most,
    maxBindings: MAX_BINDINGS,
    bindingAlignment: BINDING_ALIGNMENT,
    transferAlignment: 4,
    paramsAlignment: 16,
    maxCommandsPerSubmission: 512,
    maxBytesPerSubmission: 8 * GIB,
    maxWorkPerSubmission: 1e11,
    maxSubmissionsInFlight: 4,
    ...limits,
  };
}

export function capabilitiesOf({ hazardTracking, transfers }: MetalOptions): BackendCapabilities {
  const explicit = hazardTracking !== 'metal';
  return {
    explicitBarriers: explicit,
    explicitWaits: explicit,
    // A fill is a kernel in any case: blit encoders fill with one byte only.
    transfersInComputePass: transfers === 'blit' ? ['fill'] : ['copy', 'fill', 'upload', 'download'],
    wholeAllocationBindings: false,
    float16: true,
    subgroups: { min: SIMD_WIDTH, max: SIMD_WIDTH },
    timestamps: false,
  };
}
