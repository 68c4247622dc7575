/** `vqgan/config.json`: a `PaellaVQModel`. */

import * as v from 'valibot';
import { layers, positive, size } from '../../diffusion/config/fields.js';
import { refuse } from '../../diffusion/config/refuse.js';
import { parseAs } from '../../schema.js';

export const VQGAN_CONFIG = 'vqgan/config.json';

/** Everything about an autoencoder but its weights. */
export interface VqganConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Rows of a picture that become one row of the finest level. */
  readonly patchSize: number;
  /** From the finest level to the coarsest; each but the last halves rows and columns. */
  readonly widths: readonly number[];
  /** Blocks of the decoder's coarsest level; all others have one. */
  readonly bottleneckBlocks: number;
  readonly latentChannels: number;
  /** Rows of the codebook. */
  readonly codeCount: number;
  /** What the latents of the diffusion are multiplied by before they are decoded. */
  readonly scaleFactor: number;
}

const schema = v.object({
  in_channels: v.nullish(size, 3),
  out_channels: v.nullish(size, 3),
  up_down_scale_factor: v.nullish(v.pipe(size, v.maxValue(16)), 2),
  levels: v.nullish(v.pipe(size, v.maxValue(8)), 2),
  bottleneck_blocks: v.nullish(layers, 12),
  embed_dim: v.nullish(size, 384),
  latent_channels: v.nullish(size, 4),
  num_vq_embeddings: v.nullish(size, 8192),
  scale_factor: v.nullish(positive, 0.3764),
});

/** @throws BAD_MODEL naming the field */
export function parseVqganConfig(config: unknown, label = VQGAN_CONFIG): VqganConfig {
  const file = parseAs(schema, config, label, 'BAD_MODEL');
  const widths = Array.from({ length: file.levels }, (_, i) =>
    Math.floor(file.embed_dim / 2 ** (file.levels - 1 - i)),
  );
  if (widths.some((width) => width === 0)) {
    throw refuse(label, 'embed_dim', `is ${file.embed_dim}, too few for ${file.levels} levels`);
  }
  return {
    inChannels: file.in_channels,
    outChannels: file.out_channels,
    patchSize: file.up_down_scale_factor,
    widths,
    bottleneckBlocks: file.bottleneck_blocks,
    latentChannels: file.latent_channels,
    codeCount: file.num_vq_embeddings,
    scaleFactor: file.scale_factor,
  };
}

/** Rows of a picture for each row of its latents. */
export function vqganScale({ patchSize, widths }: VqganConfig): number {
  return patchSize * 2 ** (widths.length - 1);
}
