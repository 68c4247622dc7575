/**
 * Names of the first published code for those of diffusers, for networks with two ResNets on each level of
 * the UNet: the rules of diffusers' script `convert_diffusers_to_original_stable_diffusion.py`.
 */

function unetName(name: string, levels: number): string {
  const rules: [string, string][] = [
    ['time_embedding.linear_1', 'time_embed.0'],
    ['time_embedding.linear_2', 'time_embed.2'],
    ['conv_in', 'input_blocks.0.0'],
    ['conv_norm_out', 'out.0'],
    ['conv_out', 'out.2'],
    ['mid_block.attentions.0.', 'middle_block.1.'],
    ['mid_block.resnets.0.', 'middle_block.0.'],
    ['mid_block.resnets.1.', 'middle_block.2.'],
  ];
  for (let i = 0; i < levels; i++) {
    for (let j = 0; j < 2; j++) {
      rules.push([`down_blocks.${i}.resnets.${j}.`, `input_blocks.${3 * i + j + 1}.0.`]);
      rules.push([`down_blocks.${i}.attentions.${j}.`, `input_blocks.${3 * i + j + 1}.1.`]);
    }
    for (let j = 0; j < 3; j++) {
      rules.push([`up_blocks.${i}.resnets.${j}.`, `output_blocks.${3 * i + j}.0.`]);
      rules.push([`up_blocks.${i}.attentions.${j}.`, `output_blocks.${3 * i + j}.1.`]);
    }
    rules.push([`down_blocks.${i}.downsamplers.0.conv.`, `input_blocks.${3 * (i + 1)}.0.op.`]);
    rules.push([`up_blocks.${i}.upsamplers.0.`, `output_blocks.${3 * i + 2}.${i === 0 ? 1 : 2}.`]);
  }
  const [from, to] = rules.find(([start]) => name.startsWith(start)) ?? ['', ''];
  const moved = to + name.slice(from.length);
  if (!name.includes('resnets')) return moved;
  return [
    ['.norm1.', '.in_layers.0.'],
    ['.conv1.', '.in_layers.2.'],
    ['.norm2.', '.out_layers.0.'],
    ['.conv2.', '.out_layers.3.'],
    ['.time_emb_proj.', '.emb_layers.1.'],
    ['.conv_shortcut.', '.skip_connection.'],
  ].reduce((text, [ours, original]) => text.replace(ours, original), moved);
}

function vaeName(name: string, levels: number): string {
  const rules: [string, string][] = [
    ['conv_shortcut', 'nin_shortcut'],
    ['conv_norm_out', 'norm_out'],
    ['mid_block.attentions.0.', 'mid.attn_1.'],
    ['mid_block.resnets.0.', 'mid.block_1.'],
    ['mid_block.resnets.1.', 'mid.block_2.'],
    ['group_norm.', 'norm.'],
    ['to_out.0.', 'proj_out.'],
    ['to_q.', 'q.'],
    ['to_k.', 'k.'],
    ['to_v.', 'v.'],
  ];
  for (let i = 0; i < levels; i++) {
    for (let j = 0; j < 3; j++) {
      rules.push([`encoder.down_blocks.${i}.resnets.${j}.`, `encoder.down.${i}.block.${j}.`]);
      rules.push([`decoder.up_blocks.${i}.resnets.${j}.`, `decoder.up.${levels - 1 - i}.block.${j}.`]);
    }
    rules.push([`down_blocks.${i}.downsamplers.0.`, `down.${i}.downsample.`]);
    rules.push([`up_blocks.${i}.upsamplers.0.`, `up.${levels - 1 - i}.upsample.`]);
  }
  return rules.reduce((text, [ours, original]) => text.replace(ours, original), name);
}

/** The name of a diffusers parameter in a checkpoint. */
export function originalName(part: 'text_encoder' | 'unet' | 'vae', name: string, levels: number): string {
  switch (part) {
    case 'text_encoder':
      return `cond_stage_model.transformer.${name}`;
    case 'unet':
      return `model.diffusion_model.${unetName(name, levels)}`;
    case 'vae':
      return `first_stage_model.${vaeName(name, levels)}`;
    default:
      part satisfies never;
      return name;
  }
}
