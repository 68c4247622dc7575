/**
 * What is measured: operations that map a tensor to one of its own shape, so that they can be chained. Each is
 * written twice, as an ONNX node and with Wick.
 */

import { attention, conv2d, layerNorm, type Tensor } from '@wick/tensor';
import { MICROSOFT, type OnnxDType, type OnnxNode } from './onnx.js';

export interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  /** Half the width of the interval, around `centre`, that its elements are drawn from. */
  readonly spread: number;
  readonly centre?: number;
}

export interface Workload {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  /** Beside the first input of the chain, `x0`. */
  readonly constants: readonly Constant[];
  readonly onnx: (input: string, output: string) => OnnxNode | readonly OnnxNode[];
  readonly wick: (x: Tensor, constant: (name: string) => Tensor) => Tensor;
  /** Floating-point operations, or bytes that have to move, of one operation. */
  readonly work: { readonly flops: number } | { readonly bytes: number };
  /** Operations of the long chain; the short one has two. */
  readonly chain: number;
}

const BYTES: Readonly<Record<OnnxDType, number>> = { float32: 4, float16: 2 };

/** Keeps the size of what is multiplied by it: uniform elements whose squares sum to 1. */
const keeping = (terms: number) => Math.sqrt(3 / terms);

function product(size: number, dtype: OnnxDType, chain: number): Workload {
  return {
    name: `matrix product, ${size}${dtype === 'float16' ? ', float16' : ''}`,
    dtype,
    shape: [size, size],
    constants: [{ name: 'w', shape: [size, size], spread: keeping(size) }],
    onnx: (input, output) => ({ op: 'MatMul', inputs: [input, 'w'], output }),
    wick: (x, constant) => x.matmul(constant('w')),
    work: { flops: 2 * size ** 3 },
    chain,
  };
}

function convolution(channels: number, size: number, dtype: OnnxDType): Workload {
  return {
    name: `convolution 3x3, ${channels} channels, ${size} x ${size}${dtype === 'float16' ? ', float16' : ''}`,
    dtype,
    shape: [1, channels, size, size],
    constants: [{ name: 'w', shape: [channels, channels, 3, 3], spread: keeping(9 * channels) }],
    onnx: (input, output) => ({
      op: 'Conv',
      inputs: [input, 'w'],
      output,
      attributes: { pads: { ints: [1, 1, 1, 1] } },
    }),
    wick: (x, constant) => conv2d(x, constant('w'), { padding: 1 }),
    work: { flops: 2 * channels ** 2 * 9 * size ** 2 },
    chain: 22,
  };
}

function selfAttention(tokens: number, heads: number, size: number, dtype: OnnxDType): Workload {
  const shape = [1, tokens, heads * size];
  return {
    name: `attention, ${heads} heads of ${size}, ${tokens} tokens${dtype === 'float16' ? ', float16' : ''}`,
    dtype,
    shape,
    constants: [],
    onnx: (input, output) => ({
      op: 'MultiHeadAttention',
      inputs: [input, input, input],
      output,
      domain: MICROSOFT,
      attributes: { num_heads: { int: heads } },
    }),
    wick(x) {
      const split = x.reshape([1, tokens, heads, size]);
      return attention(split, split, split, { layout: 'blhd' }).reshape(shape);
    },
    work: { flops: 4 * heads * tokens ** 2 * size },
    chain: 12,
  };
}

/** Operations that are bound by memory; each passes over its input and its output once. */
function passes(size: number): Workload[] {
  const shape = [size, size];
  const bytes = (tensors: number) => ({ bytes: tensors * size ** 2 * BYTES.float32 });
  const common = { dtype: 'float32', shape, chain: 42 } as const;
  return [
    {
      ...common,
      name: `softmax, ${size} x ${size}`,
      constants: [],
      onnx: (input, output) => ({ op: 'Softmax', inputs: [input], output, attributes: { axis: { int: 1 } } }),
      wick: (x) => x.softmax(-1),
      work: bytes(2),
    },
    {
      ...common,
      name: `layer norm, ${size} x ${size}`,
      constants: [
        { name: 'weight', shape: [size], spread: 0.1, centre: 1 },
        { name: 'bias', shape: [size], spread: 0.1 },
      ],
      onnx: (input, output) => ({
        op: 'LayerNormalization',
        inputs: [input, 'weight', 'bias'],
        output,
        attributes: { axis: { int: 1 } },
      }),
      wick: (x, constant) => layerNorm(x, { weight: constant('weight'), bias: constant('bias') }),
      work: bytes(2),
    },
    {
      ...common,
      name: `multiply, ${size} x ${size}`,
      constants: [{ name: 'w', shape, spread: 0.1, centre: 1 }],
      onnx: (input, output) => ({ op: 'Mul', inputs: [input, 'w'], output }),
      wick: (x, constant) => x.mul(constant('w')),
      work: bytes(3),
    },
  ];
}

/** @param float16 whether the adapter has it */
export function workloads(quick: boolean, float16: boolean): readonly Workload[] {
  const down = quick ? 32 : 1;
  const all = [
    product(2048 / down, 'float32', 22),
    product(4096 / down, 'float32', 12),
    product(4096 / down, 'float16', 22),
    convolution(quick ? 16 : 320, 64 / (quick ? 4 : 1), 'float32'),
    convolution(quick ? 16 : 64, 256 / down, 'float32'),
    convolution(quick ? 16 : 320, 64 / (quick ? 4 : 1), 'float16'),
    selfAttention(4096 / down, 8, 40, 'float32'),
    selfAttention(4096 / down, 8, 40, 'float16'),
    ...passes(4096 / down),
  ];
  return all.filter(({ dtype }) => float16 || dtype !== 'float16');
}
