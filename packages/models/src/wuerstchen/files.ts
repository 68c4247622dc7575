/** The files of a Würstchen, opened: two folders in diffusers' layout, that of the prior and that of the decoder. */

import { WickError } from '@wick/core';
import type { ByteFolder } from '../bytes/source.js';
import { type ClipTextConfig, parseClipTextConfig } from '../diffusion/config/text-encoder.js';
import { DIFFUSERS_STEM, MODEL_STEM, openParts, readPart } from '../diffusion/parts.js';
import { openPromptTokenizer, type PromptTokenizer } from '../diffusion/text/prompt-tokenizer.js';
import type { Weights } from '../weights/weights.js';
import { type DecoderConfig, parseDecoderConfig } from './config/decoder.js';
import {
  type DecoderIndex,
  type PriorIndex,
  parseDecoderIndex,
  parsePriorIndex,
  parseWuerstchenScheduler,
  type WuerstchenSchedulerConfig,
} from './config/pipelines.js';
import { type PriorConfig, parsePriorConfig } from './config/prior.js';
import { parseVqganConfig, type VqganConfig } from './config/vqgan.js';

/** What both folders hold. Whoever does not load them closes the weights. */
interface StageFiles<Config, Part extends string> {
  /** Where it comes from, for messages. */
  readonly label: string;
  readonly config: Config & {
    readonly textEncoder: ClipTextConfig;
    readonly scheduler: WuerstchenSchedulerConfig;
  };
  /** Undefined for a model without one, whose prompts are token ids. */
  readonly tokenizer: PromptTokenizer | undefined;
  readonly weights: Readonly<Record<Part | 'textEncoder', Weights>>;
}

/** The folder of a prior. */
export type WuerstchenPriorFiles = StageFiles<
  { readonly index: PriorIndex; readonly prior: PriorConfig },
  'prior'
>;

/** The folder of a decoder. */
export type WuerstchenDecoderFiles = StageFiles<
  { readonly index: DecoderIndex; readonly decoder: DecoderConfig; readonly vqgan: VqganConfig },
  'decoder' | 'vqgan'
>;

/** Both. */
export interface WuerstchenFiles {
  readonly prior: WuerstchenPriorFiles;
  readonly decoder: WuerstchenDecoderFiles;
}

/** Reads one JSON file of a folder. */
type ReadConfig = (part: string, name?: string) => Promise<unknown>;

/**
 * Opens the folder of a prior: `model_index.json` and the folders `text_encoder`, `prior`, `scheduler` and, if
 * there is one, `tokenizer`.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL`, `CANCELLED`
 */
export async function openWuerstchenPrior(
  folder: ByteFolder,
  signal?: AbortSignal,
): Promise<WuerstchenPriorFiles> {
  const { label } = folder;
  const read: ReadConfig = (part, name) => readPart(folder, 'Würstchen prior', part, name, signal);
  const config = {
    index: parsePriorIndex(await read('', 'model_index.json')),
    prior: parsePriorConfig(await read('prior')),
    ...(await sharedConfig(read)),
  };
  fit('prior: c_cond', config.prior.textSize, 'text_encoder: hidden_size', config.textEncoder.hiddenSize);
  const tokenizer = await openPromptTokenizer(folder.folder('tokenizer'), signal);
  const weights = await openParts(
    folder,
    { textEncoder: ['text_encoder', MODEL_STEM], prior: ['prior', DIFFUSERS_STEM] },
    signal,
  );
  return { label, config, tokenizer, weights };
}

/**
 * Opens the folder of a decoder: `model_index.json` and the folders `text_encoder`, `decoder`, `vqgan`,
 * `scheduler` and, if there is one, `tokenizer`.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL`, `CANCELLED`
 */
export async function openWuerstchenDecoder(
  folder: ByteFolder,
  signal?: AbortSignal,
): Promise<WuerstchenDecoderFiles> {
  const { label } = folder;
  const read: ReadConfig = (part, name) => readPart(folder, 'Würstchen decoder', part, name, signal);
  const config = {
    index: parseDecoderIndex(await read('', 'model_index.json')),
    decoder: parseDecoderConfig(await read('decoder')),
    vqgan: parseVqganConfig(await read('vqgan')),
    ...(await sharedConfig(read)),
  };
  const { decoder, vqgan, textEncoder } = config;
  fit('decoder: clip_embd', decoder.textSize, 'text_encoder: hidden_size', textEncoder.hiddenSize);
  fit('decoder: c_in', decoder.channels, 'vqgan: latent_channels', vqgan.latentChannels);
  fit('vqgan: out_channels', vqgan.outChannels, 'the number of colours', 3);
  const tokenizer = await openPromptTokenizer(folder.folder('tokenizer'), signal);
  const weights = await openParts(
    folder,
    {
      textEncoder: ['text_encoder', MODEL_STEM],
      decoder: ['decoder', DIFFUSERS_STEM],
      vqgan: ['vqgan', DIFFUSERS_STEM],
    },
    signal,
  );
  return { label, config, tokenizer, weights };
}

/**
 * Opens both folders.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL` also when prior and decoder do not fit each other, `CANCELLED`
 */
export async function openWuerstchen(
  priorFolder: ByteFolder,
  decoderFolder: ByteFolder,
  signal?: AbortSignal,
): Promise<WuerstchenFiles> {
  const prior = await openWuerstchenPrior(priorFolder, signal);
  try {
    const decoder = await openWuerstchenDecoder(decoderFolder, signal);
    try {
      const [made, wanted] = [prior.config.prior.channels, decoder.config.decoder.embeddingChannels];
      fit('decoder: effnet_embd', wanted, 'prior: c_in', made);
      return { prior, decoder };
    } catch (thrown) {
      await closeAll(decoder.weights);
      throw thrown;
    }
  } catch (thrown) {
    await closeAll(prior.weights);
    throw thrown;
  }
}

/** Closes the weights of a folder. */
export async function closeAll(weights: Readonly<Record<string, Weights>>): Promise<void> {
  await Promise.all(Object.values(weights).map((part) => part.close()));
}

async function sharedConfig(
  read: ReadConfig,
): Promise<{ textEncoder: ClipTextConfig; scheduler: WuerstchenSchedulerConfig }> {
  return {
    textEncoder: parseClipTextConfig(await read('text_encoder')),
    scheduler: parseWuerstchenScheduler(await read('scheduler', 'scheduler_config.json')),
  };
}

function fit(name: string, one: number, other: string, two: number): void {
  if (one === two) return;
  throw new WickError('BAD_MODEL', `${name} is ${one}, but ${other} is ${two}`, { label: name });
}
