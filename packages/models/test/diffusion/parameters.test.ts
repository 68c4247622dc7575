import { expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import { withoutLegacyNames } from '../../src/diffusion/networks/vae-parameters.js';
import {
  clipTextParameters,
  type ParameterInfo,
  parseClipTextConfig,
  parseUNetConfig,
  parseVaeConfig,
  unetParameters,
  vaeParameters,
  type Weights,
} from '../../src/index.js';
import { readJsonFile } from './reference.js';

interface Published {
  readonly config: Readonly<Record<string, unknown>>;
  readonly parameters: number;
  readonly tensors: Readonly<Record<string, number[]>>;
}

describeShared('the parameters of the published models', () => {
  const { models } = readJsonFile(requireShared('fixtures/sd15-shapes/shapes.json')) as {
    models: Record<string, Published>;
  };

  it.each<[string, (config: unknown) => ParameterInfo[]]>([
    ['sd15.unet', (config) => unetParameters(parseUNetConfig(config))],
    ['sd15.vae', (config) => vaeParameters(parseVaeConfig(config))],
    ['sd15.text_encoder', (config) => clipTextParameters(parseClipTextConfig(config))],
    ['wuerstchen.prior_text_encoder', (config) => clipTextParameters(parseClipTextConfig(config))],
    ['wuerstchen.decoder_text_encoder', (config) => clipTextParameters(parseClipTextConfig(config))],
  ])('%s has the same names and shapes', (name, parametersOf) => {
    const { config, parameters, tensors } = models[name];
    const ours = parametersOf(config);
    expect(Object.fromEntries(ours.map((own) => [own.name, [...own.shape]]))).toEqual(tensors);
    expect(ours).toHaveLength(Object.keys(tensors).length);
    const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
    expect(ours.reduce((sum, { shape }) => sum + count(shape), 0)).toBe(parameters);
  });

  it('are found in a VAE under its legacy names', () => {
    const { config, tensors } = models['sd15.vae'];
    const legacy = (name: string) =>
      name.replace(
        /to_q|to_k|to_v|to_out\.0/,
        (now) => ({ to_q: 'query', to_k: 'key', to_v: 'value' })[now] ?? 'proj_attn',
      );
    const old = withoutLegacyNames(
      weightsOf(Object.entries(tensors).map(([name, shape]) => ({ name: legacy(name), shape }))),
    );
    const ours = vaeParameters(parseVaeConfig(config)).map(({ name }) => name);
    expect(new Set(old.tensors.keys())).toEqual(new Set(ours));
  });
}, ['fixtures/sd15-shapes']);

/** Weights without elements. */
function weightsOf(list: readonly ParameterInfo[]): Weights {
  return {
    label: 'test',
    tensors: new Map(list.map((info) => [info.name, { ...info, type: 'F32', byteLength: 0 }])),
    read: async () => new Uint8Array(),
    close: async () => {},
  };
}
