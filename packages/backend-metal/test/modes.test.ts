/** The cases where an order or a transfer can matter, in the other modes of the backend. */

import { allCases } from '@wick/conformance';
import { suite } from '@wick/conformance/vitest';
import { describe } from 'vitest';
import { describeUnless } from '#shared';
import { sampled } from '../../../testing/hosts.js';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';
import type { MetalOptions } from '../src/options.js';

/** The hazard table and the random graphs are long, and neighbours are alike. */
const STRIDES = [
  { group: 'regressions', stride: 1 },
  { group: 'memory', stride: 1 },
  { group: 'random graphs', stride: 2 },
  { group: 'hazards', stride: 8 },
];
const ofOrder = STRIDES.flatMap(({ group, stride }) =>
  allCases()
    .filter((given) => given.group.startsWith(group))
    .filter((_, i) => i % stride === 0),
);
const ofProducts = allCases().filter(({ kernel }) =>
  ['matmul', 'quantized_matmul', 'conv2d', 'attention'].includes(kernel ?? ''),
);

const MODES: readonly { readonly name: string; readonly options: MetalOptions }[] = [
  { name: 'transfers in blit encoders', options: { transfers: 'blit' } },
  { name: 'private storage', options: { storage: 'private' } },
  {
    name: "private storage, blit encoders, and Metal's own tracking",
    options: {
      storage: 'private',
      transfers: 'blit',
      hazardTracking: 'metal',
    },
  },
  { name: "Metal's own tracking", options: { hazardTracking: 'metal' } },
];

for (const { name, options } of MODES) {
  describeUnless(missingMetal(), name, () => {
    suite({ ...metal(options), cases: sampled(ofOrder, 10) });
  });
}

describe('products', () => {
  describeUnless(missingMetal(), 'without simdgroup_matrix', () => {
    suite({ ...metal({ matrices: 'plain' }), cases: ofProducts });
  });
});
