/** Which pipeline a folder in diffusers' layout is for, and its files. */

import { WickError } from '@wick/core';
import * as v from 'valibot';
import type { ByteFolder } from '../bytes/source.js';
import { MODEL_INDEX } from '../diffusion/config/model-index.js';
import { type DiffusionFiles, openDiffusionFolder } from '../diffusion/files.js';
import { readPart } from '../diffusion/parts.js';
import { parseAs } from '../schema.js';
import { openWuerstchen, type WuerstchenFiles } from '../wuerstchen/files.js';

/** The files of a picture model, opened; `loadPictureModel` closes them. */
export type PictureModelFiles =
  | { readonly kind: 'stable-diffusion'; readonly files: DiffusionFiles }
  | { readonly kind: 'wuerstchen'; readonly files: WuerstchenFiles };

/** Options of {@link openPictureFolder}. */
export interface OpenPictureOptions {
  /** The folder of the prior, where the model is the decoder of a Würstchen. */
  readonly prior?: ByteFolder | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PRIOR_FOLDER = 'prior_pipeline';
const DECODER_FOLDER = 'decoder_pipeline';

const indexSchema = v.looseObject({ _class_name: v.string() });

/**
 * Opens a Stable Diffusion, or a Würstchen: the folder of its decoder with `prior`, or a folder that holds
 * both as `prior_pipeline` and `decoder_pipeline`. `model_index.json` says which it is.
 *
 * @throws WickError `INVALID_ARGUMENT` for a prior that is missing or has no use, `BAD_MODEL`, `BAD_FILE`,
 * `CANCELLED`
 */
export async function openPictureFolder(
  folder: ByteFolder,
  { prior, signal }: OpenPictureOptions = {},
): Promise<PictureModelFiles> {
  const { label } = folder;
  const [priorInside, decoderInside] = [folder.folder(PRIOR_FOLDER), folder.folder(DECODER_FOLDER)];
  if (!(await folder.has(MODEL_INDEX)) && (await decoderInside.has(MODEL_INDEX))) {
    return { kind: 'wuerstchen', files: await openWuerstchen(prior ?? priorInside, decoderInside, signal) };
  }
  const index = await readPart(folder, 'picture model', '', MODEL_INDEX, signal);
  const { _class_name: name } = parseAs(indexSchema, index, `${label}/${MODEL_INDEX}`, 'BAD_MODEL');
  switch (name) {
    case 'StableDiffusionPipeline':
    case 'StableDiffusionImg2ImgPipeline':
      if (prior !== undefined) throw invalid(`${label} is a Stable Diffusion, which has no prior`, label);
      return { kind: 'stable-diffusion', files: await openDiffusionFolder(folder, signal) };
    case 'WuerstchenDecoderPipeline':
      if (prior === undefined) {
        throw invalid(`${label} is the decoder of a Würstchen; its prior has to be given too`, label);
      }
      return { kind: 'wuerstchen', files: await openWuerstchen(prior, folder, signal) };
    case 'WuerstchenPriorPipeline':
      throw invalid(`${label} is the prior of a Würstchen; its decoder has to be given too`, label);
    default:
      throw new WickError(
        'BAD_MODEL',
        `${label} is a ${name}; Wick draws with StableDiffusionPipeline and WuerstchenDecoderPipeline`,
        { label },
      );
  }
}

function invalid(message: string, label: string): WickError {
  return new WickError('INVALID_ARGUMENT', message, { label });
}
