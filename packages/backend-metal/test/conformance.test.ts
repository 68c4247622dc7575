/** The whole suite, on Metal: the system's on macOS, the software one on Linux. */

import { suite } from '@wick/conformance/vitest';
import { describeUnless } from '#shared';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';

describeUnless(missingMetal(), 'on Metal', () => {
  suite({ ...metal(), seeds: Number(process.env.WICK_SEEDS ?? 1) });
});
