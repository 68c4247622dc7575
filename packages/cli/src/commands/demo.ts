/** `wick demo`: the embedded model writes, and the scheduler says what it did. */

import type { DemoFlags } from '../args/options.js';
import { formatDemo } from '../format/demo.js';
import { formatStats } from '../format/stats.js';
import { generate } from '../generation.js';
import type { Io } from '../io.js';
import { type ChooseModel, chooseModel } from '../models.js';
import { withSession } from '../session.js';

const SAMPLING = { temperature: 0.8, topK: 20, seed: 1 };
const MAX_TOKENS = 200;

export async function demo(io: Io, flags: DemoFlags, choose: ChooseModel = chooseModel): Promise<number> {
  const name = 'shakespeare';
  const model = choose(io, name, {});
  const backend = flags.backend ?? (flags.config === undefined ? ['cpu'] : undefined);
  return withSession(io, { ...flags, backend }, async (session) => {
    const plans = { planned: 0, unplanned: 0 };
    session.device.observePlans(({ figures }) => {
      if (figures.unplannedBytes <= plans.unplanned) return;
      plans.planned = figures.plannedBytes;
      plans.unplanned = figures.unplannedBytes;
    });
    const { prompt } = model;
    const request = { prompt, maxTokens: MAX_TOKENS, sampling: SAMPLING, progress: false };
    const generation = await generate(io, session, model, request);
    if (flags.stats) {
      await io.stderr.write(`${formatStats({ name, path: undefined, sampling: SAMPLING }, generation)}\n`);
    }
    if (generation.failure !== undefined) throw generation.failure;
    // The text has a line break of its own on a terminal only.
    if (!io.stdout.isTTY) await io.stdout.write('\n');
    await io.stdout.write(`\n${formatDemo(generation, plans, commandName(io))}\n`);
  });
}

/** How the reader can call this program: npm has run it where `wick` is on no path. */
function commandName({ env }: Io): string {
  return env.npm_lifecycle_event === 'demo' ? 'npx pnpm wick' : 'wick';
}
