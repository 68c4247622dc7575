/** `decoder/config.json`: a `WuerstchenDiffNeXt`. */

import * as v from 'valibot';
import { layers, perBlock, size } from '../../diffusion/config/fields.js';
import { refuse } from '../../diffusion/config/refuse.js';
import { parseAs } from '../../schema.js';

export const DECODER_CONFIG = 'decoder/config.json';

/** A kind of block: convolutions, noise level, attention. */
export type DiffNextKind = 'C' | 'T' | 'A';

/** One resolution; each but the first has half the rows and columns of the one before. */
export interface DiffNextLevelConfig {
  readonly width: number;
  /** Of its attentions; not looked at where it has none. */
  readonly headCount: number;
  /** How often `kinds` is repeated. */
  readonly repeats: number;
  readonly kinds: readonly DiffNextKind[];
  /** Whether its convolutions see the image embeddings. */
  readonly seesEmbeddings: boolean;
}

/** Everything about a decoder but its weights. */
export interface DecoderConfig {
  /** Channels of the latents. */
  readonly channels: number;
  /** Rows of latents that become one row of the first level. */
  readonly patchSize: number;
  /** Width that embeddings and texts are brought to. */
  readonly conditionSize: number;
  /** Width of the embedding of noise levels. */
  readonly levelSize: number;
  /** Channels of the image embeddings. */
  readonly embeddingChannels: number;
  /** Width of the hidden states of the text. */
  readonly textSize: number;
  /** Rows and columns of the depthwise convolutions; odd. */
  readonly kernelSize: number;
  readonly levels: readonly DiffNextLevelConfig[];
}

const head = v.pipe(v.number(), v.safeInteger(), v.minValue(-1), v.maxValue(1 << 20));

const schema = v.object({
  c_in: v.nullish(size, 4),
  c_out: v.nullish(size, 4),
  c_r: v.nullish(v.pipe(size, v.minValue(4)), 64),
  patch_size: v.nullish(v.pipe(size, v.maxValue(16)), 2),
  c_cond: v.nullish(size, 1024),
  c_hidden: v.nullish(perBlock(size), [320, 640, 1280, 1280]),
  nhead: v.nullish(perBlock(head), [-1, 10, 20, 20]),
  blocks: v.nullish(perBlock(layers), [4, 4, 14, 4]),
  level_config: v.nullish(perBlock(v.pipe(v.string(), v.regex(/^C[CTA]{0,15}$/))), [
    'CT',
    'CTA',
    'CTA',
    'CTA',
  ]),
  inject_effnet: v.nullish(perBlock(v.boolean()), [false, true, true, true]),
  effnet_embd: v.nullish(size, 16),
  clip_embd: v.nullish(size, 1024),
  kernel_size: v.nullish(v.pipe(size, v.maxValue(31)), 3),
});

/** @throws BAD_MODEL naming the field */
export function parseDecoderConfig(config: unknown, label = DECODER_CONFIG): DecoderConfig {
  const file = parseAs(schema, config, label, 'BAD_MODEL');
  if (file.c_out !== file.c_in) throw refuse(label, 'c_out', `is ${file.c_out}, but c_in is ${file.c_in}`);
  if (file.kernel_size % 2 === 0) throw refuse(label, 'kernel_size', `is ${file.kernel_size}, which is even`);
  for (const field of ['nhead', 'blocks', 'level_config', 'inject_effnet'] as const) {
    const { length } = file[field];
    if (length === file.c_hidden.length) continue;
    throw refuse(label, field, `has ${length} entries, but c_hidden has ${file.c_hidden.length}`);
  }
  const levels = file.c_hidden.map((width, i) => {
    const kinds = [...file.level_config[i]] as DiffNextKind[];
    const headCount = file.nhead[i];
    if (kinds.includes('A') && (headCount < 1 || width % headCount !== 0)) {
      throw refuse(label, `nhead.${i}`, `is ${headCount}, which does not divide the width ${width}`);
    }
    return { width, headCount, repeats: file.blocks[i], kinds, seesEmbeddings: file.inject_effnet[i] };
  });
  return {
    channels: file.c_in,
    patchSize: file.patch_size,
    conditionSize: file.c_cond,
    levelSize: file.c_r,
    embeddingChannels: file.effnet_embd,
    textSize: file.clip_embd,
    kernelSize: file.kernel_size,
    levels,
  };
}
