/** `model_index.json`: what a diffusers folder is made of. */

import * as v from 'valibot';
import { parseAs } from '../../schema.js';

export const MODEL_INDEX = 'model_index.json';

/** A part as library and class; null for one that the model does not have. */
const part = (...classes: string[]) => v.tuple([v.nullable(v.string()), v.nullable(v.picklist(classes))]);

const schema = v.object({
  _class_name: v.picklist(['StableDiffusionPipeline', 'StableDiffusionImg2ImgPipeline']),
  text_encoder: part('CLIPTextModel'),
  unet: part('UNet2DConditionModel'),
  vae: part('AutoencoderKL'),
});

/**
 * Checks that a folder holds a Stable Diffusion. What else it lists (a safety checker, a feature extractor)
 * is not used, and the scheduler has a file of its own.
 *
 * @throws BAD_MODEL naming the part whose class Wick does not have
 */
export function checkModelIndex(index: unknown, label = MODEL_INDEX): void {
  parseAs(schema, index, label, 'BAD_MODEL');
}
