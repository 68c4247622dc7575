import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import {
  clipTextParameters,
  DEFAULT_PRIOR_LEVELS,
  decoderParameters,
  type ParameterInfo,
  parseClipTextConfig,
  parseDecoderConfig,
  parseDecoderIndex,
  parsePriorConfig,
  parsePriorIndex,
  parseVqganConfig,
  parseWuerstchenScheduler,
  priorParameters,
  vqganParameters,
  wuerstchenSteps,
} from '../../src/index.js';
import { failure } from '../helpers/errors.js';

const SHAPES = 'fixtures/sd15-shapes';

describeShared('the published Würstchen', () => {
  const { models } = JSON.parse(readFileSync(`${requireShared(SHAPES)}/shapes.json`, 'utf8')) as {
    models: Record<string, { config: unknown; tensors: Record<string, number[]> }>;
  };
  const networks: [string, (config: unknown) => readonly ParameterInfo[]][] = [
    ['wuerstchen.prior', (config) => priorParameters(parsePriorConfig(config))],
    ['wuerstchen.decoder', (config) => decoderParameters(parseDecoderConfig(config))],
    ['wuerstchen.vqgan', (config) => vqganParameters(parseVqganConfig(config))],
    ['wuerstchen.prior_text_encoder', (config) => clipTextParameters(parseClipTextConfig(config))],
    ['wuerstchen.decoder_text_encoder', (config) => clipTextParameters(parseClipTextConfig(config))],
  ];
  it.each(networks)('has exactly the parameters of %s', (name, parametersOf) => {
    const { config, tensors } = models[name];
    const own = Object.fromEntries(parametersOf(config).map(({ name: key, shape }) => [key, shape]));
    const unused = (key: string) =>
      key.endsWith('num_batches_tracked') || key.endsWith('position_ids') || key === 'text_projection.weight';
    expect(own).toEqual(Object.fromEntries(Object.entries(tensors).filter(([key]) => !unused(key))));
  });

  it('is what its classes have by default', () => {
    expect(parseDecoderConfig({})).toEqual(parseDecoderConfig(models['wuerstchen.decoder'].config));
    expect(parseVqganConfig({})).toEqual(parseVqganConfig(models['wuerstchen.vqgan'].config));
  });
}, [SHAPES]);

describe('configurations of Würstchen', () => {
  const part = (name: string) => ['diffusers', name];
  const prior = {
    _class_name: 'WuerstchenPriorPipeline',
    prior: part('WuerstchenPrior'),
    scheduler: part('DDPMWuerstchenScheduler'),
    text_encoder: part('CLIPTextModel'),
  };

  it('have the defaults of the published pipelines', () => {
    expect(parsePriorIndex(prior)).toEqual({ latentMean: 42, latentStd: 1, resolutionMultiple: 42.67 });
    expect(parseWuerstchenScheduler({})).toEqual({ scaler: 1, offset: 0.008 });
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a part of another class',
      () => parsePriorIndex({ ...prior, prior: part('StableCascadeUNet') }),
      /prior\.1/,
    ],
    ['another pipeline', () => parseDecoderIndex(prior), /_class_name/],
    ['another scheduler', () => parseWuerstchenScheduler({ _class_name: 'DDIMScheduler' }), /_class_name/],
    ['heads that do not divide the prior', () => parsePriorConfig({ c: 48, nhead: 5 }), /5 heads/],
    ['a prior without width', () => parsePriorConfig({ c: 0 }), /: c /],
    ['levels of different numbers', () => parseDecoderConfig({ blocks: [1, 2] }), /blocks has 2 entries/],
    ['a kind of block that there is not', () => parseDecoderConfig({ level_config: ['CX'] }), /level_config/],
    ['attention without heads', () => parseDecoderConfig({ nhead: [-1, -1, 20, 20] }), /nhead\.1/],
    ['an even kernel', () => parseDecoderConfig({ kernel_size: 4 }), /kernel_size/],
    ['other channels out than in', () => parseDecoderConfig({ c_out: 3 }), /c_out/],
    ['too many levels', () => parseVqganConfig({ levels: 4, embed_dim: 7 }), /embed_dim/],
    ['text in place of a number', () => parseVqganConfig({ levels: 'two' }), /levels/],
  ])('are refused with %s', async (_, parse, message) => {
    expect((await failure('BAD_MODEL', parse)).message).toMatch(message);
  });

  it('have 29 steps for the published prior', () => {
    expect(DEFAULT_PRIOR_LEVELS).toHaveLength(30);
    expect(DEFAULT_PRIOR_LEVELS[19]).toBeCloseTo(2 / 3, 12);
    expect(wuerstchenSteps(DEFAULT_PRIOR_LEVELS, { scaler: 1, offset: 0.008 })).toHaveLength(29);
  });

  it.each([[[1]], [[]], [[0, 1]], [[1, 1, 0]], [[1.5, 0]], [[1, -0.1]], [[1, Number.NaN]]])(
    'have no steps for the levels %j',
    async (levels) => {
      await failure('INVALID_ARGUMENT', () => wuerstchenSteps(levels, { scaler: 1, offset: 0.008 }));
    },
  );
});
