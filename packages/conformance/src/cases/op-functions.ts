/** Which tensor operation each operation of the op fixtures is, and how its attributes are given. */

import { DTYPES, type DType, PAD_MODES, ROPE_STYLES } from '@wick/core';
import * as t from '@wick/tensor';

type Pairs = readonly (readonly [number, number])[];

/** The attributes of a case, each read as the type that the operation needs. */
export class Attributes {
  constructor(private readonly values: Readonly<Record<string, unknown>>) {}

  number(name: string, otherwise?: number): number {
    const value = this.values[name] ?? otherwise;
    if (typeof value !== 'number') throw new TypeError(`attribute ${name} is ${value}`);
    return value;
  }

  /** A number, or null where the case has null. */
  optional(name: string): number | null {
    return this.values[name] === null ? null : this.number(name);
  }

  /** Left out where the case has none. */
  get scale(): { readonly scale?: number } {
    return 'scale' in this.values ? { scale: this.number('scale') } : {};
  }

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  word<W extends string>(name: string, among: readonly W[]): W {
    const word = among.find((one) => one === this.values[name]);
    if (word === undefined) throw new TypeError(`attribute ${name} is ${this.values[name]}`);
    return word;
  }

  list(name: string): readonly number[] {
    const value = this.values[name];
    if (!Array.isArray(value)) throw new TypeError(`attribute ${name} is ${value}`);
    return value;
  }

  /** Null for all axes. */
  axes(name: string): readonly number[] | null {
    return this.values[name] === null ? null : this.list(name);
  }

  pair(name: string, otherwise: readonly [number, number]): readonly [number, number] {
    if (!(name in this.values)) return otherwise;
    const [first, second] = this.list(name);
    return [first, second];
  }

  pairs(name: string): Pairs {
    const value = this.values[name];
    if (!Array.isArray(value)) throw new TypeError(`attribute ${name} is ${value}`);
    return value;
  }

  /** [top, bottom, left, right], zeros by default. */
  padding(name: string): readonly [number, number, number, number] {
    if (!(name in this.values)) return [0, 0, 0, 0];
    const [top, bottom, left, right] = this.list(name);
    return [top, bottom, left, right];
  }
}

/** One operation on the inputs of a case. */
export type OpFunction = (
  inputs: readonly t.Tensor[],
  attributes: Attributes,
) => t.Tensor | readonly t.Tensor[];

type Unary = (x: t.Tensor) => t.Tensor;
type Binary = (a: t.Tensor, b: t.Tensor | number) => t.Tensor;

const unary =
  (apply: Unary): OpFunction =>
  ([x]) =>
    apply(x);

/** Two tensors, or one and a number in an attribute. */
const binary =
  (apply: Binary, attribute = 'scalar'): OpFunction =>
  ([a, b], attributes) =>
    apply(a, b ?? attributes.number(attribute));

type Reduction = typeof t.sum;

const reduction =
  (apply: Reduction): OpFunction =>
  ([x], attributes) =>
    apply(x, attributes.axes('dims'), { keepdim: attributes.flag('keepdim') });

const argReduction =
  (apply: typeof t.argmax): OpFunction =>
  ([x], attributes) =>
    apply(x, attributes.number('dim'), { keepdim: attributes.flag('keepdim') });

const pooling =
  (apply: typeof t.avgPool2d): OpFunction =>
  ([x], attributes) =>
    apply(x, {
      kernel: attributes.pair('kernel', [1, 1]),
      stride: attributes.pair('stride', [1, 1]),
      padding: attributes.pair('padding', [0, 0]),
    });

const conv2d: OpFunction = ([x, weight, bias], attributes) =>
  t.conv2d(x, weight, {
    bias,
    stride: attributes.pair('stride', [1, 1]),
    padding: attributes.padding('padding'),
    dilation: attributes.pair('dilation', [1, 1]),
    groups: attributes.number('groups', 1),
  });

const convTranspose2d: OpFunction = ([x, weight, bias], attributes) =>
  t.convTranspose2d(x, weight, {
    bias,
    stride: attributes.pair('stride', [1, 1]),
    padding: attributes.pair('padding', [0, 0]),
    outputPadding: attributes.pair('output_padding', [0, 0]),
    dilation: attributes.pair('dilation', [1, 1]),
    groups: attributes.number('groups', 1),
  });

const norm =
  (apply: (x: t.Tensor, options: t.AffineOptions<t.Tensor>) => t.Tensor): OpFunction =>
  ([x, weight, bias], attributes) =>
    apply(x, { weight, bias, eps: attributes.number('eps') });

/** By the names of the fixtures. */
export const opFunctions: Readonly<Record<string, OpFunction>> = {
  abs: unary(t.abs),
  add: binary(t.add),
  argmax: argReduction(t.argmax),
  argmin: argReduction(t.argmin),
  attention: ([q, k, v, mask], attributes) =>
    t.attention(q, k, v, { mask, causal: attributes.flag('causal'), ...attributes.scale }),
  avg_pool2d: pooling(t.avgPool2d),
  batch_norm: ([x, mean, variance, weight, bias], attributes) =>
    t.batchNorm(x, { mean, variance, weight, bias, eps: attributes.number('eps') }),
  cast: ([x], attributes) => t.cast(x, attributes.word<DType>('to', DTYPES)),
  clamp: ([x], attributes) => t.clamp(x, attributes.optional('min'), attributes.optional('max')),
  concat: (inputs, attributes) => t.concat(inputs, attributes.number('dim')),
  conv2d,
  conv_transpose2d: convTranspose2d,
  cos: unary(t.cos),
  cumsum: ([x], attributes) => t.cumsum(x, attributes.number('dim')),
  div: binary(t.div),
  embedding: ([weight, index]) => t.embedding(weight, index),
  eq: binary(t.eq),
  exp: unary(t.exp),
  expand: ([x], attributes) => t.expand(x, attributes.list('shape')),
  floor: unary(t.floor),
  gather: ([x, index], attributes) => t.gather(x, attributes.number('dim'), index),
  ge: binary(t.ge),
  geglu: ([x]) => t.geglu(x),
  gelu_erf: unary(t.geluErf),
  gelu_tanh: unary(t.geluTanh),
  global_response_norm: ([x, gamma, beta]) => t.globalResponseNorm(x, gamma, beta),
  group_norm: ([x, weight, bias], attributes) =>
    t.groupNorm(x, attributes.number('groups'), { weight, bias, eps: attributes.number('eps') }),
  gt: binary(t.gt),
  index_select: ([x, index], attributes) => t.indexSelect(x, attributes.number('dim'), index),
  layer_norm: norm(t.layerNorm),
  le: binary(t.le),
  leaky_relu: ([x], attributes) => t.leakyRelu(x, attributes.number('slope')),
  linear: ([x, weight, bias]) => t.linear(x, weight, bias),
  log: unary(t.log),
  lt: binary(t.lt),
  matmul: ([a, b], attributes) =>
    t.matmul(a, b, {
      transposeA: attributes.flag('transpose_a'),
      transposeB: attributes.flag('transpose_b'),
    }),
  max: reduction(t.max),
  max_pool2d: pooling(t.maxPool2d),
  mean: reduction(t.mean),
  min: reduction(t.min),
  mul: binary(t.mul),
  ne: binary(t.ne),
  neg: unary(t.neg),
  pad: ([x], attributes) =>
    t.pad(x, attributes.pairs('pads'), {
      mode: attributes.word('mode', PAD_MODES),
      value: attributes.number('value', 0),
    }),
  permute: ([x], attributes) => t.permute(x, attributes.list('dims')),
  permute_reshape: ([x], attributes) =>
    t.permute(x, attributes.list('dims')).reshape(attributes.list('shape')),
  pixel_shuffle: ([x], attributes) => t.pixelShuffle(x, attributes.number('factor')),
  pixel_unshuffle: ([x], attributes) => t.pixelUnshuffle(x, attributes.number('factor')),
  pow: binary(t.pow, 'exponent'),
  quick_gelu: unary(t.quickGelu),
  reciprocal: unary(t.reciprocal),
  relu: unary(t.relu),
  resize_bicubic_antialias: ([x], attributes) => t.resizeBicubic(x, attributes.pair('size', [1, 1])),
  rms_norm: norm(t.rmsNorm),
  rope: ([x, positions], attributes) =>
    t.rope(x, positions, {
      style: attributes.word('style', ROPE_STYLES),
      theta: attributes.number('theta'),
    }),
  rsqrt: unary(t.rsqrt),
  scatter_add: ([x, index, source], attributes) => t.scatterAdd(x, attributes.number('dim'), index, source),
  sigmoid: unary(t.sigmoid),
  silu: unary(t.silu),
  sin: unary(t.sin),
  slice: ([x], attributes) =>
    t.slice(x, attributes.list('starts'), attributes.list('stops'), attributes.list('steps')),
  softmax: ([x], attributes) => t.softmax(x, attributes.number('dim')),
  sqrt: unary(t.sqrt),
  sub: binary(t.sub),
  sum: reduction(t.sum),
  tanh: unary(t.tanh),
  timestep_embedding: ([steps], attributes) =>
    t.timestepEmbedding(steps, attributes.number('dim'), {
      flip: attributes.flag('flip'),
      shift: attributes.number('shift'),
    }),
  upsample_nearest: ([x], attributes) => t.upsampleNearest(x, attributes.pair('size', [1, 1])),
  where: ([condition, a, b]) => t.where(condition, a, b),
};
