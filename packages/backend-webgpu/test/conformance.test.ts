/** Dawn runs the whole suite, without float16 where its adapter has none. */

import { suite } from '@wick/conformance/vitest';
import { describeUnless } from '#shared';
import { noVulkan, onDawn } from './helpers/hosts.js';

describeUnless(noVulkan, 'on Dawn in Node', () => {
  suite({ ...onDawn(), seeds: Number(process.env.WICK_SEEDS ?? 1) });
});
