/** `wick run`: a model continues a text. */

import type { SamplingOptions } from '@wick/models';
import type { RunFlags, SamplingFlags } from '../args/options.js';
import { generate } from '../generation.js';
import type { Io } from '../io.js';
import { type ChooseModel, chooseModel, promptOf } from '../models.js';
import { withReportedSession } from '../reported-session.js';

/** Below the 1 that models were trained for: small models write better text so. */
const DEFAULT_TEMPERATURE = 0.8;

export async function run(
  io: Io,
  name: string,
  flags: RunFlags,
  choose: ChooseModel = chooseModel,
): Promise<number> {
  const model = choose(io, name, flags);
  const sampling = await samplingOf(flags);
  const prompt = await promptOf(io, flags, model);
  const { maxTokens, progress = false } = flags;
  return withReportedSession(io, flags, { name, path: model.path, sampling }, (session) =>
    generate(io, session, model, { prompt, maxTokens, sampling, progress }),
  );
}

/** @throws WickError `INVALID_ARGUMENT` naming the option that is out of its range */
async function samplingOf({
  greedy,
  temperature,
  topK,
  topP,
  seed,
}: SamplingFlags): Promise<SamplingOptions> {
  const sampling: SamplingOptions = greedy
    ? { temperature: 0 }
    : { temperature: temperature ?? DEFAULT_TEMPERATURE, topK, topP, seed: seed ?? 0 };
  const { checkSampling } = await import('@wick/models');
  checkSampling(sampling);
  return sampling;
}
