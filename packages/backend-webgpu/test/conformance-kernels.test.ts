/** Dawn in Node runs every kernel, without float16 where its adapter has none. */

import { isKernelCase, onDawnSuite } from './hosts/dawn-suite.js';

onDawnSuite('the kernels on Dawn in Node', isKernelCase);
