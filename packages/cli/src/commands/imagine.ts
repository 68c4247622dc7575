/** `wick imagine`: a picture of each prompt. */

import { resolve } from 'node:path';
import type { PictureModel, PictureOptions, SchedulerName } from '@wick/models';
import type { ImagineFlags } from '../args/options.js';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { checkWritable, outputNames, previewName, readPicture } from '../pictures/files.js';
import { promptsOf } from '../pictures/prompts.js';
import { type PictureRun, withPictureRun } from '../pictures/run.js';

/** What suits the model that comes with Wick; see its README. */
const EMBEDDED_DEFAULTS = { steps: 15, guidance: 4 };

export async function imagine(io: Io, given: readonly string[], flags: ImagineFlags): Promise<number> {
  const { batchSize = 1, preview } = flags;
  if (batchSize < 1) throw new UsageError('--batch-size is 0; at least one picture is drawn at once');
  if (preview === 0) throw new UsageError('--preview is 0; it counts steps from 1');
  if (flags.strength !== undefined && flags.image === undefined)
    throw new UsageError('--strength says how far to go from --image, which is missing');
  const embedded = flags.model === undefined;
  if (embedded && (flags.prior ?? flags.tokenizer) !== undefined)
    throw new UsageError('--prior and --tokenizer belong to a --model');
  const prompts = await promptsOf(io, given, flags.batch);
  const files = outputNames(flags.out, prompts.length);
  await checkWritable(io, files);
  const options = await optionsOf(io, flags, embedded);
  const request = { model: flags.model ?? 'shapes', options: figuresOf(flags, options) };
  return withPictureRun(io, flags, request, async (run) => {
    using model = await load(io, flags, run);
    for (let first = 0; first < prompts.length; first += batchSize) {
      const some = { first, prompts: prompts.slice(first, first + batchSize), count: prompts.length };
      await drawSome(run, model, { ...some, files, options, preview });
    }
  });
}

/** The options of every drawing, read and checked as far as they can be before a model is loaded. */
async function optionsOf(
  io: Io,
  flags: ImagineFlags,
  embedded: boolean,
): Promise<Omit<PictureOptions, 'prompts'>> {
  const { image, negative, scheduler, steps, guidance, decoderSteps, eta, seed, width, height } = flags;
  const defaults = embedded ? EMBEDDED_DEFAULTS : undefined;
  return {
    negativePrompt: negative,
    steps: steps ?? defaults?.steps,
    guidance: guidance ?? defaults?.guidance,
    // The parser knows the names.
    scheduler: scheduler as SchedulerName | undefined,
    image: image === undefined ? undefined : await readPicture(io, image),
    strength: flags.strength,
    precision: flags.precision,
    ...{ decoderSteps, eta, seed, width, height },
  };
}

function figuresOf(
  { image }: ImagineFlags,
  { image: _, onProgress, onWarning, onStep, signal, ...plain }: Omit<PictureOptions, 'prompts'>,
) {
  return { ...plain, image };
}

async function load(io: Io, flags: ImagineFlags, run: PictureRun): Promise<PictureModel> {
  const [{ loadPictureModel }, { embeddedModelPath, openPictureModel }] = await Promise.all([
    import('@wick/models'),
    import('@wick/models/node'),
  ]);
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(io.cwd, path));
  const [prior, tokenizer] = [at(flags.prior), at(flags.tokenizer)];
  return run.load(async ({ onProgress, signal }) => {
    const opened = await openPictureModel(at(flags.model) ?? embeddedModelPath('shapes'), {
      prior,
      tokenizer,
      signal,
    });
    return loadPictureModel(run.device, opened, { onProgress, signal });
  });
}

/** Pictures that are drawn together. */
interface Some {
  /** Index of the first among all `count`. */
  readonly first: number;
  readonly prompts: readonly string[];
  readonly count: number;
  readonly files: readonly string[];
  readonly options: Omit<PictureOptions, 'prompts'>;
  readonly preview: number | undefined;
}

async function drawSome(run: PictureRun, model: PictureModel, some: Some): Promise<void> {
  const { first, prompts, count, files, options, preview: every } = some;
  const { signal } = run;
  const last = first + prompts.length;
  const label =
    count === 1 ? 'picture' : `picture ${first + 1}${last > first + 1 ? ` to ${last}` : ''} of ${count}`;
  let stage = -1;
  const pictures = await model.draw({
    ...options,
    prompts,
    seed: (options.seed ?? 0) + first,
    signal,
    onWarning: (warning) => void run.warn(warning),
    onProgress: (event) => {
      if (event.loaded === 0) stage++;
      const within = event.total === undefined ? 0 : event.loaded / event.total;
      const drawn = (stage + within) / model.stages;
      run.show(event, label, (first + drawn * prompts.length) / count);
    },
    onStep: async ({ step, steps, preview }) => {
      if (every === undefined || step % every !== 0 || step === steps || preview === undefined) return;
      for (const [i, picture] of (await preview()).entries())
        await run.writePreview(previewName(files[first + i], step, steps), picture);
    },
  });
  for (const [i, picture] of pictures.entries()) await run.write(files[first + i], picture);
}
