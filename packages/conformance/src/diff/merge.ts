/** Limits and capabilities that two backends both meet, so that one plan suits both. */

import type { BackendCapabilities, BackendLimits } from '@wick/core';

export function mergedLimits(a: BackendLimits, b: BackendLimits): BackendLimits {
  const least = (name: keyof BackendLimits) => Math.min(a[name], b[name]);
  // Alignments are powers of two: the larger is a multiple of the other.
  const most = (name: keyof BackendLimits) => Math.max(a[name], b[name]);
  return {
    maxAllocationBytes: least('maxAllocationBytes'),
    maxBindingBytes: least('maxBindingBytes'),
    maxBindings: least('maxBindings'),
    bindingAlignment: most('bindingAlignment'),
    transferAlignment: most('transferAlignment'),
    paramsAlignment: most('paramsAlignment'),
    maxCommandsPerSubmission: least('maxCommandsPerSubmission'),
    maxBytesPerSubmission: least('maxBytesPerSubmission'),
    maxWorkPerSubmission: least('maxWorkPerSubmission'),
    maxSubmissionsInFlight: least('maxSubmissionsInFlight'),
  };
}

export function mergedCapabilities(a: BackendCapabilities, b: BackendCapabilities): BackendCapabilities {
  return {
    explicitBarriers: a.explicitBarriers || b.explicitBarriers,
    explicitWaits: a.explicitWaits || b.explicitWaits,
    transfersInComputePass: a.transfersInComputePass.filter((kind) =>
      b.transfersInComputePass.includes(kind),
    ),
    wholeAllocationBindings: a.wholeAllocationBindings || b.wholeAllocationBindings,
    float16: a.float16 && b.float16,
    timestamps: false,
  };
}
