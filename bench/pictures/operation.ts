/** A layer as an operation, written twice: as nodes of ONNX and with Wick. */

import { attention, conv2d, linear, matmul, type Tensor } from '@wick/tensor';
import { MICROSOFT, type OnnxNode } from '../webgpu/onnx.js';
import type { Constant } from '../webgpu/workloads.js';
import type { Layer } from './layers.js';

type Shape = readonly number[];

export interface Operation {
  /** Of the input that comes from the layer before, and of the result. */
  readonly shape: Shape;
  readonly out: Shape;
  /** Everything else that it takes; `bias` is the name of its bias. */
  readonly constants: readonly Constant[];
  /** `bias` names what to take as the bias, where it has one. */
  onnx(input: string, output: string, bias?: string): readonly OnnxNode[];
  wick(input: Tensor, constant: (name: string) => Tensor, bias?: Tensor): Tensor;
}

/** Keeps the size of what is multiplied by it: uniform elements whose squares sum to 1. */
const keeping = (terms: number): number => Math.sqrt(3 / terms);
const product = (shape: Shape): number => shape.reduce((whole, length) => whole * length, 1);
/** Away from 0, so that results of both sides can be held to each other by their ratio. */
const biasOf = (size: number): Constant => ({ name: 'bias', shape: [size], spread: 0.5, centre: 2 });

export function operationOf(layer: Layer): Operation {
  switch (layer.kind) {
    case 'conv2d':
      return convolution(layer);
    case 'matmul':
      return layer.transposed && layer.batch === 1 ? dense(layer) : products(layer);
    case 'attention':
      return selfOrCross(layer);
  }
}

function convolution(layer: Extract<Layer, { kind: 'conv2d' }>): Operation {
  const { shape, weight, out, stride, padding, groups, bias } = layer;
  const attributes = {
    strides: { ints: [stride, stride] },
    pads: { ints: new Array<number>(4).fill(padding) },
    group: { int: groups },
  };
  return {
    ...{ shape, out },
    constants: [
      { name: 'w', shape: weight, spread: keeping(product(weight) / weight[0]) },
      ...(bias ? [biasOf(weight[0])] : []),
    ],
    onnx: (input, output, biased = 'bias') => [
      { op: 'Conv', inputs: [input, 'w', ...(bias ? [biased] : [])], output, attributes },
    ],
    wick: (x, constant, biased) =>
      conv2d(x, constant('w'), {
        ...{ stride, padding, groups },
        ...(bias ? { bias: biased ?? constant('bias') } : {}),
      }),
  };
}

/** A linear layer. ONNX Runtime makes a `Gemm` of a product and a bias that an export writes apart. */
function dense({ m, k, n, bias }: Extract<Layer, { kind: 'matmul' }>): Operation {
  return {
    shape: [m, k],
    out: [m, n],
    constants: [{ name: 'w', shape: [n, k], spread: keeping(k) }, ...(bias ? [biasOf(n)] : [])],
    onnx(input, output, biased = 'bias') {
      if (bias)
        return [{ op: 'Gemm', inputs: [input, 'w', biased], output, attributes: { transB: { int: 1 } } }];
      const weight = `${output}.weight`;
      return [
        { op: 'Transpose', inputs: ['w'], output: weight, attributes: { perm: { ints: [1, 0] } } },
        { op: 'MatMul', inputs: [input, weight], output },
      ];
    },
    wick: (x, constant, biased) => linear(x, constant('w'), bias ? (biased ?? constant('bias')) : undefined),
  };
}

function products({ batch, m, k, n, transposed, bias }: Extract<Layer, { kind: 'matmul' }>): Operation {
  if (bias) throw new Error(`a product of ${batch} x ${m}x${k}x${n} with a bias is no linear layer`);
  const perm = { ints: [0, 2, 1] };
  return {
    shape: [batch, m, k],
    out: [batch, m, n],
    constants: [{ name: 'w', shape: transposed ? [batch, n, k] : [batch, k, n], spread: keeping(k) }],
    onnx: (input, output) => [
      ...(transposed
        ? [{ op: 'Transpose', inputs: ['w'], output: `${output}.weight`, attributes: { perm } }]
        : []),
      { op: 'MatMul', inputs: [input, transposed ? `${output}.weight` : 'w'], output },
    ],
    wick: (x, constant) => matmul(x, transposed ? constant('w').transpose(1, 2) : constant('w')),
  };
}

function selfOrCross(layer: Extract<Layer, { kind: 'attention' }>): Operation {
  const { batch, heads, queries, keys, size } = layer;
  const shape = [batch, queries, heads * size];
  const seen = [batch, keys, heads * size];
  const split = (x: Tensor): Tensor => x.reshape([batch, x.shape[1], heads, size]);
  return {
    ...{ shape, out: shape },
    constants: [
      { name: 'k', shape: seen, spread: 1 },
      // Means of many values are near their centre, which must not be 0.
      { name: 'v', shape: seen, spread: 1, centre: 0.5 },
    ],
    onnx: (input, output) => [
      {
        ...{ op: 'MultiHeadAttention', inputs: [input, 'k', 'v'], output, domain: MICROSOFT },
        attributes: { num_heads: { int: heads } },
      },
    ],
    wick: (x, constant) =>
      attention(split(x), split(constant('k')), split(constant('v')), { layout: 'blhd' }).reshape(shape),
  };
}
