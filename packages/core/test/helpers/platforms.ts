/** Limits and capabilities of imagined platforms: what bends the planner, without a backend. */

import type { BackendCapabilities, BackendLimits } from '@wick/core';

export const ROOMY: BackendLimits = {
  maxAllocationBytes: 2 ** 40,
  maxBindingBytes: 2 ** 40,
  maxBindings: 16,
  bindingAlignment: 16,
  transferAlignment: 4,
  paramsAlignment: 16,
  maxCommandsPerSubmission: 1_000_000,
  maxBytesPerSubmission: 2 ** 50,
  maxWorkPerSubmission: 2 ** 50,
  maxSubmissionsInFlight: 4,
};

/** Barriers and waits are explicit; every transfer fits into a compute pass. */
export const EXPLICIT: BackendCapabilities = {
  explicitBarriers: true,
  explicitWaits: true,
  transfersInComputePass: ['copy', 'fill', 'upload', 'download'],
  wholeAllocationBindings: false,
  float16: true,
  timestamps: false,
};

/** As Metal is: transfers need encoders of their own. */
export const SEPARATE_TRANSFERS: BackendCapabilities = { ...EXPLICIT, transfersInComputePass: [] };

/** As WebGPU is: implicit barriers, whole buffers are checked, offsets of bindings are coarse. */
export const WHOLE_BUFFERS: BackendCapabilities = {
  ...SEPARATE_TRANSFERS,
  explicitBarriers: false,
  explicitWaits: false,
  wholeAllocationBindings: true,
};
export const COARSE: BackendLimits = { ...ROOMY, bindingAlignment: 256, paramsAlignment: 256 };
