/** The whole suite. */

import { concurrencyCases } from '../cases/concurrency.js';
import { faultCases } from '../cases/faults.js';
import { hazardCases } from '../cases/hazards.js';
import { invariantCases } from '../cases/invariants.js';
import { lifeCycleCases } from '../cases/life-cycle.js';
import { memoryCases } from '../cases/memory.js';
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
    ...memoryCases(),
    ...lifeCycleCases(),
    ...concurrencyCases(),
    ...faultCases(),
    ...randomGraphCases(),
  ];
}
