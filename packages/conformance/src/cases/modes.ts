/**
 * Ways to plan and run the same work. Each gives the same answers: what a switch of the planner, or
 * another kind of backend, changes is never the result.
 */

import type { Stack } from '../suite/case.js';

export interface Mode {
  readonly name: string;
  readonly stack: Stack;
}

export const MODES: readonly Mode[] = [
  { name: 'as users run it', stack: {} },
  { name: 'pooling off', stack: { device: { pooling: false } } },
  { name: 'ordering off', stack: { device: { planning: { lookAhead: 1 } } } },
  { name: 'placement apart', stack: { device: { planning: { placement: 'apart' } } } },
  { name: 'placement tight', stack: { device: { planning: { placement: 'tight' } } } },
  {
    name: 'barriers everywhere',
    stack: { device: { planning: { barriersEverywhere: true } }, strict: { exactBarriers: false } },
  },
  {
    name: 'tiny submissions',
    stack: { device: { planning: { bounds: { maxCommandsPerSubmission: 2 } } } },
  },
  { name: 'one submission in flight', stack: { demands: { limits: { maxSubmissionsInFlight: 1 } } } },
  { name: 'a small window', stack: { demands: { limits: { maxCommandsPerSubmission: 3 } } } },
  { name: 'transfer passes', stack: { demands: { transfersInComputePass: [] } } },
  {
    name: 'transfer passes, ordering off',
    stack: { demands: { transfersInComputePass: [] }, device: { planning: { lookAhead: 1 } } },
  },
  {
    name: 'fills in compute passes, reads by download',
    stack: { demands: { transfersInComputePass: ['fill'], noHostMemory: true } },
  },
  {
    name: 'whole allocations in bindings',
    stack: {
      demands: {
        wholeAllocationBindings: true,
        noHostMemory: true,
        transfersInComputePass: [],
        limits: { bindingAlignment: 256 },
      },
    },
  },
];
