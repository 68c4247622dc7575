/** The files of a Stable Diffusion, opened: a diffusers folder. */

import { WickError } from '@wick/core';
import type { ByteFolder } from '../bytes/source.js';
import type { Weights } from '../weights/weights.js';
import { checkModelIndex, MODEL_INDEX } from './config/model-index.js';
import { parseSchedulerConfig, type SchedulerConfig } from './config/scheduler.js';
import { type ClipTextConfig, parseClipTextConfig } from './config/text-encoder.js';
import { parseUNetConfig, type UNetConfig } from './config/unet.js';
import { parseVaeConfig, type VaeConfig } from './config/vae.js';
import { DIFFUSERS_STEM, MODEL_STEM, openParts, readPart } from './parts.js';
import { openPromptTokenizer, type PromptTokenizer } from './text/prompt-tokenizer.js';

/** The configurations of a Stable Diffusion. */
export interface DiffusionConfig {
  readonly textEncoder: ClipTextConfig;
  readonly unet: UNetConfig;
  readonly vae: VaeConfig;
  readonly scheduler: SchedulerConfig;
}

/** Everything that `StableDiffusionPipeline.load` needs; whoever does not load it closes the weights. */
export interface DiffusionFiles {
  /** Where it comes from, for messages. */
  readonly label: string;
  readonly config: DiffusionConfig;
  /** Undefined for a model without one, whose prompts are token ids. */
  readonly tokenizer: PromptTokenizer | undefined;
  readonly weights: { readonly textEncoder: Weights; readonly unet: Weights; readonly vae: Weights };
}

/**
 * Opens a diffusers folder: `model_index.json`, and the folders `text_encoder`, `unet`, `vae`, `scheduler`
 * and, if there is one, `tokenizer`. Weights are safetensors, of the variant `fp16` where there is no other.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL`, `CANCELLED`
 */
export async function openDiffusionFolder(folder: ByteFolder, signal?: AbortSignal): Promise<DiffusionFiles> {
  const { label } = folder;
  const config = (part: string, name?: string) => readPart(folder, 'Stable Diffusion', part, name, signal);
  checkModelIndex(await config('', MODEL_INDEX));
  const configs = checkTogether({
    textEncoder: parseClipTextConfig(await config('text_encoder')),
    unet: parseUNetConfig(await config('unet')),
    vae: parseVaeConfig(await config('vae')),
    scheduler: parseSchedulerConfig(await config('scheduler', 'scheduler_config.json')),
  });
  const tokenizer = await openPromptTokenizer(folder.folder('tokenizer'), signal);

  const weights = await openParts(
    folder,
    {
      textEncoder: ['text_encoder', MODEL_STEM],
      unet: ['unet', DIFFUSERS_STEM],
      vae: ['vae', DIFFUSERS_STEM],
    },
    signal,
  );
  return { label, config: configs, tokenizer, weights };
}

/**
 * Gives the configurations back if the networks fit each other.
 *
 * @throws WickError `BAD_MODEL`
 */
export function checkTogether(config: DiffusionConfig): DiffusionConfig {
  const { textEncoder, unet, vae } = config;
  const fit = (name: string, one: number, other: string, two: number): void => {
    if (one === two) return;
    throw new WickError('BAD_MODEL', `${name} is ${one}, but ${other} is ${two}`, { label: name });
  };
  fit(
    'unet: cross_attention_dim',
    unet.crossAttentionSize,
    'text_encoder: hidden_size',
    textEncoder.hiddenSize,
  );
  fit('unet: in_channels', unet.inChannels, 'vae: latent_channels', vae.latentChannels);
  fit('unet: out_channels', unet.outChannels, 'vae: latent_channels', vae.latentChannels);
  fit('vae: in_channels', vae.inChannels, 'the number of colours', 3);
  fit('vae: out_channels', vae.outChannels, 'the number of colours', 3);
  return config;
}
