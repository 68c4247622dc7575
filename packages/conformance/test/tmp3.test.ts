import { cpu } from '@wick/backend-cpu';
import { hazardCases } from '../src/cases/hazards.js';
import { invariantCases } from '../src/cases/invariants.js';
import { regressionCases } from '../src/cases/regressions.js';
import { suite } from '../src/vitest.js';

suite({
  ...cpu({ scrub: true }),
  cases: [...hazardCases(), ...regressionCases(), ...invariantCases()],
  seeds: 1,
});
