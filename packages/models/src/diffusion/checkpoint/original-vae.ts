/** The autoencoder as the first published code of Stable Diffusion names it, in diffusers' names. */

import type { ParameterInfo } from '../../weights/check.js';
import type { VaeConfig } from '../config/vae.js';

/** Parts of names in the order in which they are replaced. */
const REPLACED: readonly (readonly [RegExp, string])[] = [
  [/\.mid\.block_1\./, '.mid_block.resnets.0.'],
  [/\.mid\.block_2\./, '.mid_block.resnets.1.'],
  [/\.mid\.attn_1\.norm\./, '.mid_block.attentions.0.group_norm.'],
  [/\.mid\.attn_1\.([qkv])\./, '.mid_block.attentions.0.to_$1.'],
  [/\.mid\.attn_1\.proj_out\./, '.mid_block.attentions.0.to_out.0.'],
  [/\.down\.(\d+)\.block\.(\d+)\./, '.down_blocks.$1.resnets.$2.'],
  [/\.down\.(\d+)\.downsample\./, '.down_blocks.$1.downsamplers.0.'],
  [/\.up\.(\d+)\.block\.(\d+)\./, '.up_blocks.$1.resnets.$2.'],
  [/\.up\.(\d+)\.upsample\./, '.up_blocks.$1.upsamplers.0.'],
  [/\.nin_shortcut\./, '.conv_shortcut.'],
  [/\.norm_out\./, '.conv_norm_out.'],
];

/** diffusers' name and shape for a parameter of the autoencoder, its prefix taken off. */
export function originalVaeParameter({ name, shape }: ParameterInfo, config: VaeConfig): ParameterInfo {
  const last = config.channels.length - 1;
  const replaced = REPLACED.reduce((text, [pattern, by]) => text.replace(pattern, by), name)
    // Levels of the decoder are counted from the finest there, from the coarsest here.
    .replace(/\.up_blocks\.(\d+)\./, (_, level: string) => `.up_blocks.${last - Number(level)}.`);
  // The projections of the attention are 1x1 convolutions there.
  const dense = /\.attentions\.0\.to_.*weight$/.test(replaced) && shape.length === 4;
  return { name: replaced, shape: dense ? shape.slice(0, 2) : shape };
}
