/** The CPU backend runs the whole suite: in program order, shuffled, and interleaved. */

import { cpu } from '@wick/backend-cpu';
import { interleaved } from '../src/harness/interleaved.js';
import { suite } from '../src/vitest.js';

/** How many adversaries each case meets, and how many interleavings; more for a long sweep. */
const seeds = Number(process.env.WICK_SEEDS ?? 1);

suite({ ...cpu({ scrub: true }), seeds });

for (let seed = 1; seed <= seeds; seed++) {
  suite({
    ...cpu({ scrub: true, executor: interleaved(seed) }),
    name: `cpu, interleaved by seed ${seed}`,
    seeds: 1,
    firstSeed: seed,
  });
}
