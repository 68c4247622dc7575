/** The same prompt, options and seed on every backend: latents after each step, and the picture. */

import { cpu } from '@wick/backend-cpu';
import { expect, it } from 'vitest';
import { describeOnHost, REQUIRE_HOSTS } from '../../../../testing/hosts.js';
import { BACKENDS } from '../helpers/backends.js';
import { drawOn, worstByte } from '../helpers/draw.js';
import { NOT_LONG } from '../helpers/reference.js';
import { expectClose } from './reference.js';

/** Few steps of the picture of docs/pictures.md; `pnpm test:long` takes all of them. */
const OPTIONS = {
  ...{ prompts: ['a green star left of a red heart'], guidance: 4, seed: 7 },
  steps: NOT_LONG === undefined ? 15 : 3,
};
/** Of the recorded reference of this model, in float32. */
const TOLERANCE = 1e-3;

for (const { name, factory, missing } of BACKENDS) {
  if (name === 'cpu') continue;
  const tooSlow = REQUIRE_HOSTS ? undefined : NOT_LONG;
  describeOnHost(tooSlow ?? missing, `a whole drawing on ${name}`, () => {
    it('is the picture of the CPU, step by step', async () => {
      const want = await drawOn(cpu(), OPTIONS);
      const got = await drawOn(factory(), OPTIONS);
      expect(got.latents).toHaveLength(OPTIONS.steps);
      for (const [step, latents] of got.latents.entries())
        expectClose(`latents after step ${step + 1}`, latents, want.latents[step], TOLERANCE);
      expect(worstByte(got.picture, want.picture)).toBeLessThanOrEqual(1);
    }, 900_000);
  });
}
