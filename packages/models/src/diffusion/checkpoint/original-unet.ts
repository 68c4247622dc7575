/** The UNet as the first published code of Stable Diffusion names it (`openaimodel.py`), in diffusers' names. */

import type { UNetConfig } from '../config/unet.js';
import { unetStructure } from '../networks/unet-structure.js';

/** The layers of a ResNet. */
const RESNET: Readonly<Record<string, string>> = {
  'in_layers.0': 'norm1',
  'in_layers.2': 'conv1',
  'emb_layers.1': 'time_emb_proj',
  'out_layers.0': 'norm2',
  'out_layers.3': 'conv2',
  skip_connection: 'conv_shortcut',
};

/** What lies outside of the blocks. */
const OUTSIDE: Readonly<Record<string, string>> = {
  'time_embed.0': 'time_embedding.linear_1',
  'time_embed.2': 'time_embedding.linear_2',
  'input_blocks.0.0': 'conv_in',
  'out.0': 'conv_norm_out',
  'out.2': 'conv_out',
};

/**
 * A function that gives diffusers' name for a parameter of the UNet, its prefix taken off, or undefined for
 * one that is not known. Blocks are numbered through there, so the names follow from the configuration.
 */
export function originalUNetNames(config: UNetConfig): (name: string) => string | undefined {
  const { down, up } = unetStructure(config);
  const layers = new Map(Object.entries(OUTSIDE));
  const resnet = (original: string, ours: string): void => {
    for (const [from, to] of Object.entries(RESNET)) layers.set(`${original}.${from}`, `${ours}.${to}`);
  };
  const transformers = new Map<string, string>();

  let input = 1;
  for (const block of down) {
    block.resnets.forEach((_, i) => {
      resnet(`input_blocks.${input}.0`, `${block.name}.resnets.${i}`);
      if (block.transformer) transformers.set(`input_blocks.${input}.1`, `${block.name}.attentions.${i}`);
      input++;
    });
    if (block.resamples) layers.set(`input_blocks.${input++}.0.op`, `${block.name}.downsamplers.0.conv`);
  }
  resnet('middle_block.0', 'mid_block.resnets.0');
  transformers.set('middle_block.1', 'mid_block.attentions.0');
  resnet('middle_block.2', 'mid_block.resnets.1');
  let output = 0;
  for (const block of up) {
    block.resnets.forEach((_, i) => {
      resnet(`output_blocks.${output}.0`, `${block.name}.resnets.${i}`);
      if (block.transformer) transformers.set(`output_blocks.${output}.1`, `${block.name}.attentions.${i}`);
      output++;
    });
    // Doubling comes last in the block of the level's last ResNet.
    const at = `output_blocks.${output - 1}.${block.transformer ? 2 : 1}`;
    if (block.resamples) layers.set(`${at}.conv`, `${block.name}.upsamplers.0.conv`);
  }

  return (name) => {
    const dot = name.lastIndexOf('.');
    const layer = layers.get(name.slice(0, dot));
    if (layer !== undefined) return layer + name.slice(dot);
    // Inside of a transformer both layouts agree.
    for (const [original, ours] of transformers) {
      if (name.startsWith(`${original}.`)) return ours + name.slice(original.length);
    }
    return undefined;
  };
}
