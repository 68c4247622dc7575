import { cpu } from '@wick/backend-cpu';
import { it } from 'vitest';
import { interleaved } from '../src/harness/interleaved.js';
import { allCases } from '../src/suite/all-cases.js';
import { Conformance, isGood } from '../src/suite/run.js';

it('sweep', async () => {
  const n = Number(process.env.WICK_SEEDS ?? 40);
  for (const executor of [undefined, interleaved(5)]) {
    const c = new Conformance({
      ...cpu({ scrub: true, ...(executor ? { executor } : {}) }),
      seeds: n,
      firstSeed: Number(process.env.FIRST ?? 100),
      timeout: 300000,
    });
    for (const k of allCases()) {
      const r = await c.run(k);
      if (!isGood(r)) console.log(k.name, String(r.error).slice(0, 3000));
      else console.log(k.name, r.status, Math.round(r.milliseconds));
    }
  }
}, 3000000);
