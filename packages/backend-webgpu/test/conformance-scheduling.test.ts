/** Dawn in Node runs the suite's invariants, hazards, faults, regressions and random graphs. */

import { isKernelCase, onDawnSuite } from './hosts/dawn-suite.js';

onDawnSuite('scheduling on Dawn in Node', (given) => !isKernelCase(given));
