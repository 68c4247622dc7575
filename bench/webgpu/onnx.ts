/** ONNX models, written by hand: field numbers are those of `onnx.proto`. */

import { concatenate, field, float } from './protobuf.js';

export type OnnxDType = 'float32' | 'float16';

/** Values of `TensorProto.DataType`. */
const DATA_TYPES: Readonly<Record<OnnxDType, number>> = { float32: 1, float16: 10 };
const ATTRIBUTE_TYPES = { float: 1, int: 2, ints: 7 } as const;

export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: readonly number[] };

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Of an operator that is not ONNX's own. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxTensor {
  readonly name: string;
  readonly dtype: OnnxDType;
  readonly shape: readonly number[];
  /** Little-endian and row-major. */
  readonly bytes: Uint8Array;
}

/** A graph with one input of one element, `s`, and one scalar output, `out`, of float32. */
export interface OnnxGraph {
  readonly inputDType: OnnxDType;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
}

export const dataType = (dtype: OnnxDType) => DATA_TYPES[dtype];

/** The name of ONNX Runtime's own operators. */
export const MICROSOFT = 'com.microsoft';

/** The bytes of a model of ONNX's operator set 17. */
export function onnxModel({ inputDType, nodes, constants }: OnnxGraph): Uint8Array {
  const graph = concatenate([
    ...nodes.map((node) => field(1, nodeOf(node))),
    field(2, 'chain'),
    ...constants.map((constant) => field(5, tensorOf(constant))),
    field(11, valueInfo('s', inputDType, [1])),
    field(12, valueInfo('out', 'float32', [])),
  ]);
  return concatenate([
    field(1, 8), // the version of the format
    field(7, graph),
    field(8, concatenate([field(1, ''), field(2, 17)])),
    field(8, concatenate([field(1, MICROSOFT), field(2, 1)])),
  ]);
}

function nodeOf({ op, inputs, output, domain, attributes = {} }: OnnxNode): Uint8Array {
  return concatenate([
    ...inputs.map((name) => field(1, name)),
    field(2, output),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) => field(5, attributeOf(name, value))),
    ...(domain === undefined ? [] : [field(7, domain)]),
  ]);
}

function attributeOf(name: string, value: Attribute): Uint8Array {
  const named = field(1, name);
  if ('float' in value) return concatenate([named, float(2, value.float), field(20, ATTRIBUTE_TYPES.float)]);
  if ('int' in value) return concatenate([named, field(3, value.int), field(20, ATTRIBUTE_TYPES.int)]);
  return concatenate([named, ...value.ints.map((n) => field(8, n)), field(20, ATTRIBUTE_TYPES.ints)]);
}

function tensorOf({ name, dtype, shape, bytes }: OnnxTensor): Uint8Array {
  return concatenate([
    ...shape.map((length) => field(1, length)),
    field(2, DATA_TYPES[dtype]),
    field(8, name),
    field(9, bytes),
  ]);
}

function valueInfo(name: string, dtype: OnnxDType, shape: readonly number[]): Uint8Array {
  const dimensions = concatenate(shape.map((length) => field(1, field(1, length))));
  const type = concatenate([field(1, DATA_TYPES[dtype]), field(2, dimensions)]);
  return concatenate([field(1, name), field(2, field(1, type))]);
}
