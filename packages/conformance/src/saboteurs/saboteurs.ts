/**
 * The stack broken on purpose, in one way each, to see that the suite notices: a check that no saboteur
 * has ever tripped proves nothing.
 */

import type { Saboteur } from '../suite/stack.js';
import * as completion from './completion.js';
import * as kernels from './kernels.js';
import * as ordering from './ordering.js';
import * as state from './state.js';
import * as transfers from './transfers.js';

/** All of them. Those of kernels need a backend that runs reference functions, as the CPU's does. */
export const SABOTEURS: readonly Saboteur[] = [ordering, completion, state, transfers, kernels].flatMap(
  (family) => Object.values(family),
);
