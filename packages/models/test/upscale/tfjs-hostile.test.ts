import { nullBackend } from '@wick/conformance';
import { type ErrorCode, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { openUpscaleModel, Upscaler } from '../../src/index.js';
import { failure } from '../helpers/errors.js';
import {
  conv,
  folderOf,
  input,
  layer,
  modelJson,
  type TestLayer,
  type TestWeight,
  weightFiles,
} from '../helpers/tfjs.js';

const weight = (name: string, ...shape: number[]): TestWeight => ({
  name,
  shape,
  values: new Array<number>(shape.reduce((product, size) => product * size, 1)).fill(0.5),
});
const WEIGHTS = [weight('a/kernel', 3, 3, 3, 3), weight('a/bias', 3)];
const LAYERS = [input(), conv('a', 'in', 3)];

/** Opens and loads a model on a device that computes nothing. */
async function load(
  layers: readonly TestLayer[],
  weights: readonly TestWeight[] = WEIGHTS,
  change: (json: ReturnType<typeof modelJson>) => unknown = (json) => json,
): Promise<void> {
  const [file] = weightFiles(weights);
  const json = change(modelJson(layers, weights));
  await using device = await openDevice(nullBackend());
  using upscaler = await Upscaler.load(device, await openUpscaleModel(folderOf(json, { 'a.bin': file })));
  expect(upscaler.scale).toBe(1);
}

describe('a TensorFlow.js model', () => {
  it('is read', async () => {
    await load(LAYERS);
  });

  it('may list its layers in any order, with some that nothing needs', async () => {
    const spare = layer('Activation', 'spare', ['in'], { activation: 'relu' });
    await load(
      [input(), spare, layer('Activation', 'last', ['a'], { activation: 'linear' }), conv('a', 'in', 3)],
      WEIGHTS,
      (json) => {
        json.modelTopology.model_config.config.output_layers = [['last', 0, 0]];
        return json;
      },
    );
  });

  it.each<[string, ErrorCode, readonly TestLayer[]]>([
    ['a class that there is not', 'BAD_MODEL', [...LAYERS, layer('Dense', 'b', ['a'])]],
    ['a stride', 'BAD_MODEL', [input(), conv('a', 'in', 3, 3, { strides: [2, 2] })]],
    ['an even kernel', 'BAD_MODEL', [input(), conv('a', 'in', 3, 2)]],
    ['a kernel without padding', 'BAD_MODEL', [input(), conv('a', 'in', 3, 3, { padding: 'valid' })]],
    ['channels first', 'BAD_MODEL', [input(), conv('a', 'in', 3, 3, { data_format: 'channels_first' })]],
    ['an unknown activation', 'BAD_MODEL', [input(), conv('a', 'in', 3, 3, { activation: 'swish' })]],
    ['groups that do not divide', 'BAD_MODEL', [input(), conv('a', 'in', 3, 3, { groups: 2 })]],
    ['joining rows', 'BAD_MODEL', [...LAYERS, layer('Concatenate', 'b', ['a', 'a'], { axis: 1 })]],
    ['a layer that takes itself', 'BAD_MODEL', [input(), conv('a', 'b', 3), conv('b', 'a', 3)]],
    ['a layer that is not there', 'BAD_MODEL', [input(), conv('a', 'nowhere', 3)]],
    ['two layers of one name', 'BAD_MODEL', [...LAYERS, conv('a', 'in', 3)]],
    ['a sum of one', 'BAD_MODEL', [...LAYERS, layer('Add', 'b', ['a'])]],
    [
      'sums of different channels',
      'BAD_MODEL',
      [input(), conv('a', 'in', 5), layer('Add', 'b', ['a', 'in'])],
    ],
    ['an output that is no picture', 'BAD_MODEL', [input(), conv('a', 'in', 4)]],
    ['an input that is no picture', 'BAD_MODEL', [input(4), conv('a', 'in', 3)]],
    [
      'planes of different sizes',
      'BAD_MODEL',
      [input(), layer('UpSampling2D', 'a', ['in'], { size: [2, 2] }), layer('Add', 'b', ['a', 'in'])],
    ],
    ['a picture grown one way', 'BAD_MODEL', [input(), layer('UpSampling2D', 'a', ['in'], { size: [2, 1] })]],
    ['no layers', 'BAD_FILE', []],
  ])('is refused with %s', async (_, code, layers) => {
    await failure(code, () => load(layers));
  });

  it.each<[string, ErrorCode, readonly TestWeight[]]>([
    ['without a kernel', 'BAD_MODEL', [weight('a/bias', 3)]],
    ['with a kernel of another shape', 'BAD_MODEL', [weight('a/kernel', 3, 3, 3, 4), weight('a/bias', 3)]],
    ['with weights that nothing needs', 'BAD_MODEL', [...WEIGHTS, weight('b/kernel', 1)]],
    ['with two tensors of one name', 'BAD_FILE', [...WEIGHTS, weight('a/bias', 3)]],
  ])('is refused %s', async (_, code, weights) => {
    await failure(code, () => load(LAYERS, weights));
  });

  it.each<[string, (json: ReturnType<typeof modelJson>) => unknown]>([
    ['another format', (json) => ({ ...json, format: 'graph-model' })],
    ['no manifest', (json) => ({ ...json, weightsManifest: undefined })],
    [
      'quantised weights',
      (json) => {
        const [group] = json.weightsManifest;
        const weights = group?.weights.map((entry) => ({ ...entry, quantization: { dtype: 'uint8' } }));
        return { ...json, weightsManifest: [{ ...group, weights }] };
      },
    ],
    [
      'a path out of the folder',
      (json) => ({ ...json, weightsManifest: [{ ...json.weightsManifest[0], paths: ['../a.bin'] }] }),
    ],
    [
      'a file that is missing',
      (json) => ({ ...json, weightsManifest: [{ ...json.weightsManifest[0], paths: ['b.bin'] }] }),
    ],
    [
      'fewer tensors than bytes',
      (json) => ({ ...json, weightsManifest: [{ paths: ['a.bin'], weights: [] }] }),
    ],
    [
      'a size beyond every file',
      (json) => ({
        ...json,
        weightsManifest: [
          { paths: ['a.bin'], weights: [{ name: 'a/kernel', shape: [2 ** 40, 2 ** 40], dtype: 'float32' }] },
        ],
      }),
    ],
    ['a list in place of the network', () => []],
    ['text', () => '{"format":'],
  ])('is refused with %s', async (_, change) => {
    await failure('BAD_FILE', () => load(LAYERS, WEIGHTS, change));
  });

  it('survives a chain of thousands of layers, and refuses more', async () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, i) =>
        layer('Activation', `r${i}`, [i === 0 ? 'a' : `r${i - 1}`], { activation: 'relu' }),
      );
    await load([...LAYERS, ...chain(4000)]);
    await failure('BAD_FILE', () => load([...LAYERS, ...chain(5000)]));
  });
});
