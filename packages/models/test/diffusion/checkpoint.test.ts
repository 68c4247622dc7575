import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import { originalUNetNames } from '../../src/diffusion/checkpoint/original-unet.js';
import { originalVaeParameter } from '../../src/diffusion/checkpoint/original-vae.js';
import { SD15_UNET, SD15_VAE } from '../../src/diffusion/checkpoint/sd15.js';
import {
  type DiffusionConfig,
  memorySource,
  openDiffusionCheckpoint,
  openDiffusionFolder,
  openSafetensorsFolder,
  parseUNetConfig,
  parseVaeConfig,
  type SafetensorsTensor,
  type SafetensorsType,
  StableDiffusionPipeline,
  unetParameters,
  vaeParameters,
  writeSafetensors,
} from '../../src/index.js';
import { fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';
import { originalName } from './original-layout.js';
import { Reference } from './reference.js';

describe('the layout of checkpoints', () => {
  const unet = parseUNetConfig(SD15_UNET);
  const vae = parseVaeConfig(SD15_VAE);

  it('has these well-known names', () => {
    const nameOf = originalUNetNames(unet);
    const known = {
      'input_blocks.0.0.weight': 'conv_in.weight',
      'time_embed.2.bias': 'time_embedding.linear_2.bias',
      'input_blocks.1.1.proj_in.weight': 'down_blocks.0.attentions.0.proj_in.weight',
      'input_blocks.3.0.op.weight': 'down_blocks.0.downsamplers.0.conv.weight',
      'input_blocks.9.0.op.bias': 'down_blocks.2.downsamplers.0.conv.bias',
      'input_blocks.11.0.in_layers.2.weight': 'down_blocks.3.resnets.1.conv1.weight',
      'middle_block.1.norm.weight': 'mid_block.attentions.0.norm.weight',
      'output_blocks.2.0.in_layers.0.weight': 'up_blocks.0.resnets.2.norm1.weight',
      'output_blocks.2.1.conv.weight': 'up_blocks.0.upsamplers.0.conv.weight',
      'output_blocks.5.0.skip_connection.weight': 'up_blocks.1.resnets.2.conv_shortcut.weight',
      'output_blocks.5.2.conv.weight': 'up_blocks.1.upsamplers.0.conv.weight',
      'output_blocks.8.2.conv.bias': 'up_blocks.2.upsamplers.0.conv.bias',
      'output_blocks.9.1.transformer_blocks.0.norm3.weight':
        'up_blocks.3.attentions.0.transformer_blocks.0.norm3.weight',
      'out.2.weight': 'conv_out.weight',
    };
    for (const [original, ours] of Object.entries(known)) expect(nameOf(original), original).toBe(ours);
    expect(nameOf('label_emb.0.0.weight')).toBeUndefined();
    const decoder = originalVaeParameter({ name: 'decoder.up.3.block.0.norm1.weight', shape: [512] }, vae);
    expect(decoder.name).toBe('decoder.up_blocks.0.resnets.0.norm1.weight');
    const query = originalVaeParameter({ name: 'encoder.mid.attn_1.q.weight', shape: [512, 512, 1, 1] }, vae);
    expect(query).toEqual({ name: 'encoder.mid_block.attentions.0.to_q.weight', shape: [512, 512] });
  });

  it('is read back for every parameter of Stable Diffusion 1.5', () => {
    const nameOf = originalUNetNames(unet);
    for (const { name } of unetParameters(unet)) {
      const original = originalName('unet', name, 4).slice('model.diffusion_model.'.length);
      expect(nameOf(original), original).toBe(name);
    }
    for (const { name, shape } of vaeParameters(vae)) {
      const original = originalName('vae', name, 4).slice('first_stage_model.'.length);
      expect(originalVaeParameter({ name: original, shape }, vae), original).toEqual({ name, shape });
    }
  });
});

describeShared('a checkpoint of sd-tiny', () => {
  const path = requireShared('fixtures/sd-tiny');

  /** The model in one file, with what published ones also hold. */
  const checkpoint = async (): Promise<SafetensorsTensor[]> => {
    const tensors: SafetensorsTensor[] = [];
    for (const [part, stem] of [
      ['text_encoder', 'model'],
      ['unet', 'diffusion_pytorch_model'],
      ['vae', 'diffusion_pytorch_model'],
    ] as const) {
      const weights = await openSafetensorsFolder(fileFolder(`${path}/${part}`), stem);
      for (const { name, type, shape } of weights.tensors.values()) {
        const convolution = part === 'vae' && /attentions\.0\.to_.*weight$/.test(name);
        tensors.push({
          name: originalName(part, name, 3),
          type: type as SafetensorsType,
          shape: convolution ? [...shape, 1, 1] : shape,
          bytes: await weights.read(name),
        });
      }
      await weights.close();
    }
    for (const name of ['alphas_cumprod', 'model_ema.decay', 'first_stage_model.loss.logvar'])
      tensors.push({ name, type: 'F32', shape: [1], bytes: new Uint8Array(4) });
    return tensors;
  };

  const configOf = async (): Promise<DiffusionConfig> => {
    const { config, weights } = await openDiffusionFolder(fileFolder(path));
    await Promise.all(Object.values(weights).map((part) => part.close()));
    return config;
  };

  it('is the same model as the folder', async () => {
    const source = memorySource(writeSafetensors(await checkpoint()), 'tiny.safetensors');
    const files = await openDiffusionCheckpoint(source, { config: await configOf() });
    await using device = await openDevice(cpu());
    using pipeline = await StableDiffusionPipeline.load(device, files);
    const reference = await Reference.open(path);
    const [sample, states, timestep, latent] = await Promise.all([
      reference.tensor(device, 'in.unet.quiet.sample'),
      reference.tensor(device, 'in.unet.quiet.encoder_hidden_states'),
      reference.tensor(device, 'in.unet.quiet.timestep'),
      reference.tensor(device, 'in.vae.quiet_latent'),
    ]);
    const { unet, vae, textEncoder } = pipeline.networks;
    const predicted = device.run(() => unet.forward(sample, timestep.cast('float32'), states));
    await reference.check('out.unet.quiet.sample', await predicted.data());
    const decoded = device.run(() => vae.decode(latent));
    await reference.check('out.vae.decode_quiet.sample', await decoded.data());
    const ids = await reference.tensor(device, 'in.input_ids');
    const hidden = device.run(() => textEncoder.forward(ids));
    await reference.check('out.text_encoder.last_hidden_state', await hidden.data());
    await reference.close();
  });

  it('is refused with a parameter too few or too many, or without a network', async () => {
    const config = await configOf();
    const all = await checkpoint();
    await using device = await openDevice(cpu());
    const load = async (tensors: SafetensorsTensor[]) => {
      const source = memorySource(writeSafetensors(tensors), 'tiny.safetensors');
      return StableDiffusionPipeline.load(device, await openDiffusionCheckpoint(source, { config }));
    };
    const lost = 'model.diffusion_model.middle_block.0.in_layers.0.weight';
    const missing = await failure('BAD_MODEL', () => load(all.filter(({ name }) => name !== lost)));
    expect(missing.message).toContain('tiny.safetensors (unet)');
    expect(missing.message).toContain('mid_block.resnets.0.norm1.weight is missing');
    const extra = { name: 'model.diffusion_model.label_emb.0.0.weight', type: 'F32', shape: [0] } as const;
    const surplus = await failure('BAD_MODEL', () => load([...all, { ...extra, bytes: new Uint8Array() }]));
    expect(surplus.message).toContain('label_emb.0.0.weight');
    const without = all.filter(({ name }) => !name.startsWith('cond_stage_model.'));
    expect((await failure('BAD_MODEL', () => load(without))).message).toContain('no text encoder');
    expect(device.stats().buffers.live).toBe(0);
  });
}, ['fixtures/sd-tiny']);
