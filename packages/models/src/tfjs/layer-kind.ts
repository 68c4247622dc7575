/** What the layers of a Keras network do, as far as networks of pictures use them. */

import { WickError } from '@wick/core';
import * as v from 'valibot';
import { parseAs } from '../schema.js';

/** Applied to the result of a layer. */
export type TfjsActivation = 'linear' | 'relu';

/** A layer that Wick has. Planes stay as large as they are, or grow by a whole factor. */
export type LayerKind =
  | { readonly type: 'input'; readonly channels: number }
  | {
      /** Stride 1, as many rows and columns out as in, zeros around; odd kernels. */
      readonly type: 'conv';
      readonly outputs: number;
      readonly kernel: readonly [rows: number, columns: number];
      readonly dilation: readonly [rows: number, columns: number];
      readonly groups: number;
      readonly bias: boolean;
      readonly activation: TfjsActivation;
    }
  | { readonly type: 'activation'; readonly activation: TfjsActivation }
  /** Along the channels. */
  | { readonly type: 'concatenate' }
  | { readonly type: 'add' }
  /** Nearest. */
  | { readonly type: 'upsample'; readonly factor: readonly [rows: number, columns: number] };

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_536));
const small = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(64));
const pair = v.tuple([small, small]);
const ones = v.tuple([v.literal(1), v.literal(1)]);
const activation = v.nullish(v.picklist(['linear', 'relu']), 'linear');
const float32 = v.nullish(v.literal('float32'));
const channelsLast = v.nullish(v.literal('channels_last'));

const SCHEMAS = {
  InputLayer: v.object({
    dtype: float32,
    batch_input_shape: v.tuple([v.nullable(count), v.nullable(count), v.nullable(count), count]),
  }),
  Conv2D: v.object({
    dtype: float32,
    filters: count,
    kernel_size: pair,
    strides: ones,
    padding: v.picklist(['same', 'valid']),
    data_format: channelsLast,
    dilation_rate: v.nullish(pair, [1, 1]),
    groups: v.nullish(count, 1),
    activation,
    use_bias: v.nullish(v.boolean(), true),
  }),
  Activation: v.object({ dtype: float32, activation }),
  Concatenate: v.object({ dtype: float32, axis: v.picklist([3, -1]) }),
  Add: v.object({ dtype: float32 }),
  UpSampling2D: v.object({
    dtype: float32,
    size: pair,
    data_format: channelsLast,
    interpolation: v.nullish(v.literal('nearest')),
  }),
} as const;

/**
 * What a layer of a Keras class does.
 *
 * @throws WickError `BAD_MODEL` for another class, naming those that there are, and for settings that Wick
 * does not have, naming the field
 */
export function readLayerKind(className: string, config: unknown, label: string): LayerKind {
  switch (className) {
    case 'InputLayer': {
      const { batch_input_shape } = parseAs(SCHEMAS.InputLayer, config, label, 'BAD_MODEL');
      return { type: 'input', channels: batch_input_shape[3] };
    }
    case 'Conv2D': {
      const file = parseAs(SCHEMAS.Conv2D, config, label, 'BAD_MODEL');
      const [rows, columns] = file.kernel_size;
      // Without padding, only a kernel of one pixel keeps the size.
      if (rows % 2 === 0 || columns % 2 === 0 || (file.padding === 'valid' && rows * columns > 1)) {
        throw new WickError('BAD_MODEL', `${label}: a ${file.padding} convolution of ${rows} x ${columns}`, {
          label,
        });
      }
      return {
        type: 'conv',
        outputs: file.filters,
        kernel: file.kernel_size,
        dilation: file.dilation_rate,
        groups: file.groups,
        bias: file.use_bias,
        activation: file.activation,
      };
    }
    case 'Activation':
      return {
        type: 'activation',
        activation: parseAs(SCHEMAS.Activation, config, label, 'BAD_MODEL').activation,
      };
    case 'Concatenate':
      parseAs(SCHEMAS.Concatenate, config, label, 'BAD_MODEL');
      return { type: 'concatenate' };
    case 'Add':
      parseAs(SCHEMAS.Add, config, label, 'BAD_MODEL');
      return { type: 'add' };
    case 'UpSampling2D':
      return { type: 'upsample', factor: parseAs(SCHEMAS.UpSampling2D, config, label, 'BAD_MODEL').size };
    default: {
      const known = Object.keys(SCHEMAS).join(', ');
      throw new WickError('BAD_MODEL', `${label} is of class ${className}; Wick has ${known}`, { label });
    }
  }
}
