/** The whole suite. */

import { faultCases } from '../cases/faults.js';
import { hazardCases } from '../cases/hazards.js';
import { invariantCases } from '../cases/invariants.js';
import { randomGraphCases } from '../cases/random-graphs.js';
import { regressionCases } from '../cases/regressions.js';
import { kernelCases } from '../kernels/kernel-cases.js';
import type { ConformanceCase } from './case.js';

/** Every case, in the order in which a report lists them. */
export function allCases(): readonly ConformanceCase[] {
  return [
    ...kernelCases(),
    ...invariantCases(),
    ...regressionCases(),
    ...hazardCases(),
    ...faultCases(),
    ...randomGraphCases(),
  ];
}
