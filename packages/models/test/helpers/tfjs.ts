/** Small TensorFlow.js layers models. */

import { type ByteFolder, memoryFolder } from '../../src/index.js';

export interface TestLayer {
  readonly class_name: string;
  readonly name: string;
  readonly config: Record<string, unknown>;
  readonly inputs: readonly string[];
}

export const input = (channels = 3): TestLayer => ({
  class_name: 'InputLayer',
  name: 'in',
  config: { batch_input_shape: [null, null, null, channels], dtype: 'float32' },
  inputs: [],
});

export const layer = (
  class_name: string,
  name: string,
  inputs: readonly string[],
  config: Record<string, unknown> = {},
): TestLayer => ({ class_name, name, inputs, config });

export const conv = (
  name: string,
  from: string,
  filters: number,
  size = 3,
  config: Record<string, unknown> = {},
): TestLayer =>
  layer('Conv2D', name, [from], {
    filters,
    kernel_size: [size, size],
    strides: [1, 1],
    padding: 'same',
    ...config,
  });

export interface TestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** A `model.json`; the last layer is the output. */
export function modelJson(layers: readonly TestLayer[], weights: readonly TestWeight[], paths = ['a.bin']) {
  return {
    format: 'layers-model',
    modelTopology: {
      model_config: {
        class_name: 'Functional',
        config: {
          name: 'test',
          layers: layers.map(({ inputs, ...rest }) => ({
            ...rest,
            inbound_nodes: inputs.length === 0 ? [] : [inputs.map((from) => [from, 0, 0, {}])],
          })),
          input_layers: [[layers[0]?.name, 0, 0]],
          output_layers: [[layers.at(-1)?.name, 0, 0]],
        },
      },
    },
    weightsManifest: [
      { paths, weights: weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })) },
    ],
  };
}

/** The bytes of the weights, cut into files after `cuts` bytes. */
export function weightFiles(weights: readonly TestWeight[], cuts: readonly number[] = []): Uint8Array[] {
  const bytes = new Uint8Array(Float32Array.from(weights.flatMap(({ values }) => values)).buffer);
  const ends = [...cuts, bytes.length];
  return ends.map((end, i) => bytes.slice(i === 0 ? 0 : ends[i - 1], end));
}

/** A folder of a model in memory. */
export function folderOf(json: unknown, files: Readonly<Record<string, Uint8Array>>): ByteFolder {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return memoryFolder(
    new Map([['model.json', new TextEncoder().encode(text)], ...Object.entries(files)]),
    'test model',
  );
}
