import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SD15_TEXT_ENCODER, SD15_UNET, SD15_VAE } from '../../src/diffusion/checkpoint/sd15.js';
import {
  memoryFolder,
  openDiffusionFolder,
  parseClipTextConfig,
  parseSchedulerConfig,
  parseUNetConfig,
  parseVaeConfig,
  unetParameters,
} from '../../src/index.js';
import { embeddedModelPath } from '../../src/node.js';
import { failure } from '../helpers/errors.js';

/** Everything of the shapes model but its weights. */
function shapesFolder(): Map<string, Uint8Array> {
  const path = embeddedModelPath('shapes');
  const names = [
    'model_index.json',
    'text_encoder/config.json',
    'unet/config.json',
    'vae/config.json',
    'scheduler/scheduler_config.json',
    'tokenizer/tokenizer.json',
    'tokenizer/tokenizer_config.json',
    'vae/diffusion_pytorch_model.safetensors',
    'text_encoder/model.safetensors',
  ];
  return new Map(names.map((name) => [name, readFileSync(`${path}/${name}`)]));
}

const changed = (bytes: Uint8Array | undefined, changes: object): Uint8Array => {
  const before: object = JSON.parse(new TextDecoder().decode(bytes));
  return new TextEncoder().encode(JSON.stringify({ ...before, ...changes }));
};

describe('configurations of diffusers', () => {
  it('take the number of heads from attention_head_dim, unless num_attention_heads is there', () => {
    const heads = (config: object) =>
      parseUNetConfig({ ...SD15_UNET, ...config }).levels.map((level) => level.heads);
    expect(heads({})).toEqual([8, 8, 8, 8]);
    expect(heads({ attention_head_dim: [5, 10, 20, 20] })).toEqual([5, 10, 20, 20]);
    expect(heads({ num_attention_heads: 4 })).toEqual([4, 4, 4, 4]);
  });

  it('know the blocks of Stable Diffusion 2 too', () => {
    const config = parseUNetConfig({
      ...SD15_UNET,
      attention_head_dim: [5, 10, 20, 20],
      cross_attention_dim: 1024,
      use_linear_projection: true,
      upcast_attention: true,
    });
    const shape = (name: string) => unetParameters(config).find((own) => own.name === name)?.shape;
    expect(shape('down_blocks.0.attentions.0.proj_in.weight')).toEqual([320, 320]);
    expect(shape('mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight')).toEqual([1280, 1024]);
  });

  it.each<[(config: unknown) => unknown, object, object, string]>([
    [parseUNetConfig, SD15_UNET, { cross_attention_dim: undefined }, 'unet/config.json: cross_attention_dim'],
    [parseUNetConfig, SD15_UNET, { class_embed_type: 'timestep' }, 'class_embed_type'],
    [parseUNetConfig, SD15_UNET, { down_block_types: ['AttnDownBlock2D'] }, 'down_block_types.0'],
    [parseUNetConfig, SD15_UNET, { block_out_channels: [320, 640] }, 'down_block_types has 4 entries'],
    [parseUNetConfig, SD15_UNET, { block_out_channels: [320, 640, 1280, 1000] }, 'block_out_channels.3'],
    [parseUNetConfig, SD15_UNET, { attention_head_dim: 7 }, 'attention_head_dim'],
    [parseUNetConfig, SD15_UNET, { layers_per_block: 1e9 }, 'layers_per_block'],
    [parseUNetConfig, SD15_UNET, { layers_per_block: [2, 2] }, 'layers_per_block has 2 entries'],
    [parseUNetConfig, SD15_UNET, { mid_block_type: 'UNetMidBlock2D' }, 'mid_block_type'],
    [parseVaeConfig, SD15_VAE, { norm_num_groups: 48 }, 'vae/config.json: block_out_channels.0'],
    [parseVaeConfig, SD15_VAE, { latents_mean: [0] }, 'latents_mean'],
    [parseVaeConfig, SD15_VAE, { up_block_types: ['UpDecoderBlock2D'] }, 'up_block_types has 1 entries'],
    [parseVaeConfig, SD15_VAE, { scaling_factor: 0 }, 'scaling_factor'],
    [parseClipTextConfig, SD15_TEXT_ENCODER, { hidden_act: 'relu' }, 'text_encoder/config.json: hidden_act'],
    [parseClipTextConfig, SD15_TEXT_ENCODER, { num_attention_heads: 7 }, 'hidden_size'],
    [parseSchedulerConfig, {}, { beta_schedule: 'squaredcos_cap_v2' }, 'beta_schedule'],
    [parseSchedulerConfig, {}, { thresholding: true }, 'thresholding'],
    [parseSchedulerConfig, {}, { prediction_type: 'flow' }, 'prediction_type'],
  ])('%o refuses %o with %o', async (parse, good, change, message) => {
    parse(good);
    expect((await failure('BAD_MODEL', () => parse({ ...good, ...change }))).message).toContain(message);
  });
});

describe('a diffusers folder', () => {
  it.each([
    ['model_index.json', 'it has no model_index.json'],
    ['unet/config.json', 'it has no unet/config.json'],
    ['scheduler/scheduler_config.json', 'it has no scheduler/scheduler_config.json'],
  ])('without %s is none', async (name, message) => {
    const files = shapesFolder();
    files.delete(name);
    const error = await failure('BAD_MODEL', () => openDiffusionFolder(memoryFolder(files, 'model')));
    expect(error.message).toContain(message);
  });

  it.each<[string, object, string]>([
    ['model_index.json', { _class_name: 'StableDiffusionXLPipeline' }, '_class_name'],
    ['model_index.json', { unet: ['diffusers', 'UNet2DModel'] }, 'unet.1'],
    ['unet/config.json', { cross_attention_dim: 768 }, 'unet: cross_attention_dim is 768, but'],
    ['unet/config.json', { in_channels: 9 }, 'unet: in_channels is 9'],
  ])('with another %s is refused: %o', async (name, change, message) => {
    const files = shapesFolder();
    files.set(name, changed(files.get(name), change));
    const error = await failure('BAD_MODEL', () => openDiffusionFolder(memoryFolder(files, 'model')));
    expect(error.message).toContain(message);
  });

  it('needs all of its weights, of the variant fp16 where there are no others', async () => {
    const files = shapesFolder();
    const folder = memoryFolder(files, 'model');
    const missing = await failure('BAD_FILE', () => openDiffusionFolder(folder));
    expect(missing.message).toContain('diffusion_pytorch_model.safetensors');
    const weights = files.get('vae/diffusion_pytorch_model.safetensors');
    files.set('unet/diffusion_pytorch_model.fp16.safetensors', weights ?? new Uint8Array());
    const opened = await openDiffusionFolder(folder);
    expect(opened.weights.unet.label).toBe('unet/diffusion_pytorch_model.fp16.safetensors');
    expect(opened.tokenizer?.padId).toBe(0);
  });
});
