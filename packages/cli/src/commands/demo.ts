/** `wick demo`: the embedded models write and draw, and the scheduler says what it did. */

import type { DemoFlags } from '../args/options.js';
import { formatDemo, formatNext } from '../format/demo.js';
import { generate } from '../generation.js';
import type { Io } from '../io.js';
import { type ChooseModel, chooseModel } from '../models.js';
import { type DrawDemo, drawDemo } from '../pictures/demo.js';
import { checkWritable, outputNames } from '../pictures/files.js';
import { withReportedSession } from '../reported-session.js';

const SAMPLING = { temperature: 0.6, topK: 20, seed: 21 };
const MAX_TOKENS = 200;
const PICTURE = 'demo.png';

export async function demo(
  io: Io,
  flags: DemoFlags,
  choose: ChooseModel = chooseModel,
  draw: DrawDemo = drawDemo,
): Promise<number> {
  const { out = PICTURE } = flags;
  await checkWritable(io, outputNames(out, 1));
  const name = 'shakespeare';
  const model = choose(io, name, {});
  const backend = flags.backend ?? (flags.config === undefined ? ['cpu'] : undefined);
  const asked = { name, path: undefined, sampling: SAMPLING };
  return withReportedSession(io, { ...flags, backend }, asked, async (session) => {
    const largest = { planned: 0, unplanned: 0 };
    session.device.observePlans(({ figures }) => {
      if (figures.unplannedBytes <= largest.unplanned) return;
      largest.planned = figures.plannedBytes;
      largest.unplanned = figures.unplannedBytes;
    });
    const { prompt } = model;
    const request = { prompt, maxTokens: MAX_TOKENS, sampling: SAMPLING, progress: false };
    const generation = await generate(io, session, model, request);
    if (generation.failure === undefined) {
      // The text got a line break of its own on a terminal only.
      const gap = io.stdout.isTTY ? '\n' : '\n\n';
      await io.stdout.write(`${gap}${formatDemo(generation, largest)}\n\n`);
      await draw(io, session, out);
      await io.stdout.write(`\n${formatNext(commandName(io))}\n`);
    }
    return generation;
  });
}

/** How the reader can call this program: npm has run it where `wick` is on no path. */
function commandName({ env }: Io): string {
  return env.npm_lifecycle_event === 'demo' ? 'npx pnpm wick' : 'wick';
}
