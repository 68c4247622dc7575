/** A whole Stable Diffusion in one `.safetensors` file, in the layout of the first published code. */

import { WickError } from '@wick/core';
import type { ByteSource } from '../../bytes/source.js';
import { openSafetensors } from '../../safetensors/file.js';
import type { ParameterInfo } from '../../weights/check.js';
import type { Weights } from '../../weights/weights.js';
import { parseSchedulerConfig } from '../config/scheduler.js';
import { parseClipTextConfig } from '../config/text-encoder.js';
import { parseUNetConfig } from '../config/unet.js';
import { parseVaeConfig } from '../config/vae.js';
import { checkTogether, type DiffusionConfig, type DiffusionFiles } from '../files.js';
import { mapWeights, relabelled } from '../map-weights.js';
import type { PromptTokenizer } from '../text/prompt-tokenizer.js';
import { originalUNetNames } from './original-unet.js';
import { originalVaeParameter } from './original-vae.js';
import { SD15_SCHEDULER, SD15_TEXT_ENCODER, SD15_UNET, SD15_VAE } from './sd15.js';

/** Options of {@link openDiffusionCheckpoint}. */
export interface CheckpointOptions {
  /** Default: without one, so that prompts are token ids. A checkpoint holds none. */
  readonly tokenizer?: PromptTokenizer | undefined;
  /** Configurations other than those of Stable Diffusion 1.x. */
  readonly config?: Partial<DiffusionConfig> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const UNET = 'model.diffusion_model.';
const VAE = 'first_stage_model.';
const TEXT = 'cond_stage_model.transformer.';

/**
 * Opens a checkpoint. What it holds beside the three networks (running averages, tables of the scheduler) is
 * passed over.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL` when a network is missing, `CANCELLED`
 */
export async function openDiffusionCheckpoint(
  source: ByteSource,
  options: CheckpointOptions = {},
): Promise<DiffusionFiles> {
  const file = await openSafetensors(source, options.signal);
  try {
    const config = checkTogether({
      textEncoder: parseClipTextConfig(SD15_TEXT_ENCODER),
      unet: parseUNetConfig(SD15_UNET),
      vae: parseVaeConfig(SD15_VAE),
      scheduler: parseSchedulerConfig(SD15_SCHEDULER),
      ...options.config,
    });
    const unetName = originalUNetNames(config.unet);
    const weights = {
      textEncoder: network(file, 'text encoder', TEXT, (tensor) => tensor),
      // A name that is not known stays as it is, and loading says that nothing needs it.
      unet: network(file, 'unet', UNET, ({ name, shape }) => ({ name: unetName(name) ?? name, shape })),
      vae: network(file, 'vae', VAE, (tensor) => originalVaeParameter(tensor, config.vae)),
    };
    return { label: file.label, config, tokenizer: options.tokenizer, weights };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

/** The parameters of one network, without its prefix. */
function network(
  file: Weights,
  part: string,
  prefix: string,
  rename: (tensor: ParameterInfo) => ParameterInfo,
): Weights {
  const label = `${file.label} (${part})`;
  const weights = mapWeights(file, ({ name, shape }) =>
    // The autoencoder's loss has weights of its own, which only its training needed.
    name.startsWith(prefix) && !name.startsWith(`${VAE}loss.`)
      ? rename({ name: name.slice(prefix.length), shape })
      : undefined,
  );
  if (weights.tensors.size > 0) return relabelled(weights, label);
  throw new WickError('BAD_MODEL', `${file.label} has no ${part}: no tensor begins with ${prefix}`, {
    label: file.label,
  });
}
