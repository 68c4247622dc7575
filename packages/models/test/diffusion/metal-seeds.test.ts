/**
 * The loop of 15 steps on softmetal, which runs what barriers and fences leave open in an order of each
 * seed. WICK_PICTURE_SEEDS=N says how many seeds (`pnpm test:long`: 20, CI: 2).
 */

import { cpu } from '@wick/backend-cpu';
import { SABOTEURS } from '@wick/conformance';
import { afterAll, expect, it } from 'vitest';
import { describeOnHost, REQUIRE_HOSTS } from '../../../../testing/hosts.js';
import { BACKENDS } from '../helpers/backends.js';
import { drawOn, worstByte } from '../helpers/draw.js';

const metal = BACKENDS.find(({ name }) => name === 'metal');
const seeds = Number(process.env.WICK_PICTURE_SEEDS ?? (REQUIRE_HOSTS ? 2 : 0));
const missing = seeds > 0 ? metal?.missing : 'takes minutes; pnpm test:long, or WICK_PICTURE_SEEDS=20';

/** Latents of 5 x 3, which no tile of a kernel divides. */
const OPTIONS = {
  ...{ prompts: ['a red heart above a blue ring'], steps: 15, guidance: 4, seed: 11 },
  ...{ width: 20, height: 12 },
};

describeOnHost(missing, 'the loop of 15 steps on softmetal', () => {
  const own = process.env.SOFTMETAL_SEED;
  afterAll(() => {
    if (own === undefined) delete process.env.SOFTMETAL_SEED;
    else process.env.SOFTMETAL_SEED = own;
  });

  it(`gives one picture, bit for bit, under ${seeds} seeds`, { timeout: 1_800_000 }, async () => {
    if (metal === undefined) throw new Error('Metal is no backend of the tests');
    const expected = await drawOn(cpu(), OPTIONS);
    let first: Float32Array | undefined;
    for (let seed = 1; seed <= seeds; seed++) {
      process.env.SOFTMETAL_SEED = String(seed);
      const { picture, latents } = await drawOn(metal.factory(), OPTIONS);
      const last = latents[OPTIONS.steps - 1];
      first ??= last;
      expect(last, `latents under seed ${seed}`).toEqual(first);
      expect(worstByte(picture, expected.picture), `seed ${seed} beside the CPU`).toBeLessThanOrEqual(1);
    }
  });

  it('gives none without barriers: the orders are bad enough', { timeout: 600_000 }, async () => {
    const dropped = SABOTEURS.find(({ name }) => name === 'barriers dropped');
    const broken = metal === undefined ? undefined : dropped?.wrap?.(metal.factory());
    if (broken === undefined) throw new Error('there is no saboteur that drops barriers');
    process.env.SOFTMETAL_SEED = '1';
    // Memory that nothing has written is NaN.
    await expect(drawOn(broken, { ...OPTIONS, steps: 2 })).rejects.toMatchObject({ code: 'BAD_OUTPUT' });
  });
});
