/** Tensors on the scheduling core: shapes, dtypes, operations, lifetimes. */

export { type ReadOptions, TensorBase, type TensorParts, VIEW_ALIGNMENT } from './base.js';
export {
  type Compiled,
  type CompileOptions,
  compile,
  type InputSpec,
  type InputValue,
  type TensorSpec,
} from './compile.js';
export * from './create.js';
export type { NestedArray, TensorData, TensorValues } from './encode.js';
export { decodeHalf, encodeHalf } from './half.js';
export { type LiveMemory, leaks } from './leaks.js';
export * from './ops/attention.js';
export * from './ops/binary.js';
export {
  type Conv2dOptions,
  type ConvTranspose2dOptions,
  conv2d,
  convTranspose2d,
} from './ops/conv.js';
export * from './ops/conv1d.js';
export { gather, indexSelect, type RowPosition, scatterAdd, writeRows } from './ops/indexing.js';
export { concat, type PadOptions, pad, stack, tile } from './ops/join.js';
export type { HeadLayout } from './ops/layout.js';
export { embedding, linear } from './ops/linear.js';
export { type MatmulOptions, matmul } from './ops/matmul.js';
export * from './ops/norm.js';
export * from './ops/pixels.js';
export * from './ops/quantized.js';
export * from './ops/reduce.js';
export * from './ops/resize.js';
export { type RopeOptions, rope } from './ops/rope.js';
export * from './ops/scan.js';
export * from './ops/select.js';
export * from './ops/unary.js';
export * from './ops/view.js';
export { type RandomOptions, randomBits, randomNormal, randomUniform } from './random.js';
export { broadcastShapes } from './shape/broadcast.js';
export { type Axes, MAX_ELEMENTS, MAX_RANK, type Shape, sizeOf } from './shape/shape.js';
export type { Bounds } from './shape/slice.js';
export type { Padding2d, Pair } from './shape/window.js';
export { Tensor } from './tensor.js';
