/** The files of a Stable Diffusion, opened: a diffusers folder. */

import { WickError } from '@wick/core';
import { readJson } from '../bytes/json.js';
import type { ByteFolder } from '../bytes/source.js';
import { openSafetensorsFolder } from '../safetensors/index-file.js';
import type { Weights } from '../weights/weights.js';
import { checkModelIndex, MODEL_INDEX } from './config/model-index.js';
import { parseSchedulerConfig, type SchedulerConfig } from './config/scheduler.js';
import { type ClipTextConfig, parseClipTextConfig } from './config/text-encoder.js';
import { parseUNetConfig, type UNetConfig } from './config/unet.js';
import { parseVaeConfig, type VaeConfig } from './config/vae.js';
import { relabelled } from './map-weights.js';
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

const MODEL_STEM = 'model';
const DIFFUSERS_STEM = 'diffusion_pytorch_model';

/**
 * Opens a diffusers folder: `model_index.json`, and the folders `text_encoder`, `unet`, `vae`, `scheduler`
 * and, if there is one, `tokenizer`. Weights are safetensors, of the variant `fp16` where there is no other.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL`, `CANCELLED`
 */
export async function openDiffusionFolder(folder: ByteFolder, signal?: AbortSignal): Promise<DiffusionFiles> {
  const { label } = folder;
  const config = async (part: string, name = 'config.json'): Promise<unknown> => {
    const inside = part === '' ? folder : folder.folder(part);
    if (!(await inside.has(name))) {
      const path = part === '' ? name : `${part}/${name}`;
      throw new WickError('BAD_MODEL', `${label} is no Stable Diffusion: it has no ${path}`, { label });
    }
    const source = await inside.open(name);
    return readJson(source, signal).finally(() => source.close());
  };
  checkModelIndex(await config('', MODEL_INDEX));
  const configs = checkTogether({
    textEncoder: parseClipTextConfig(await config('text_encoder')),
    unet: parseUNetConfig(await config('unet')),
    vae: parseVaeConfig(await config('vae')),
    scheduler: parseSchedulerConfig(await config('scheduler', 'scheduler_config.json')),
  });
  const tokenizer = await openPromptTokenizer(folder.folder('tokenizer'), signal);

  const opened: Weights[] = [];
  const open = async (part: string, stem: string): Promise<Weights> => {
    const inside = folder.folder(part);
    const found = (await hasWeights(inside, stem)) || !(await hasWeights(inside, `${stem}.fp16`));
    const weights = await openSafetensorsFolder(inside, found ? stem : `${stem}.fp16`, signal);
    opened.push(weights);
    // The files of two parts have the same name; messages and progress tell them apart by the folder.
    return relabelled(weights, `${part}/${weights.label}`);
  };
  try {
    const textEncoder = await open('text_encoder', MODEL_STEM);
    const unet = await open('unet', DIFFUSERS_STEM);
    const vae = await open('vae', DIFFUSERS_STEM);
    return { label, config: configs, tokenizer, weights: { textEncoder, unet, vae } };
  } catch (thrown) {
    await Promise.all(opened.map((weights) => weights.close()));
    throw thrown;
  }
}

async function hasWeights(folder: ByteFolder, stem: string): Promise<boolean> {
  return (await folder.has(`${stem}.safetensors`)) || (await folder.has(`${stem}.safetensors.index.json`));
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
