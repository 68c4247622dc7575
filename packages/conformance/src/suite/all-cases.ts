/** The whole suite. */

import { randomGraphCases } from '../cases/random-graphs.js';
import type { ConformanceCase } from './case.js';

/** Every case, in the order in which a report lists them. */
export function allCases(): readonly ConformanceCase[] {
  return [...randomGraphCases()];
}
