/** Writes GGUF files for tests, good ones and bad ones. */
import { WEIGHT_TYPES, type WeightType } from '../../src/index.js';

export const VALUE_TYPES = {
  UINT8: 0,
  INT8: 1,
  UINT16: 2,
  INT16: 3,
  UINT32: 4,
  INT32: 5,
  FLOAT32: 6,
  BOOL: 7,
  STRING: 8,
  ARRAY: 9,
  UINT64: 10,
  INT64: 11,
  FLOAT64: 12,
} as const;

export const TENSOR_TYPES: Partial<Record<WeightType, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q8_0: 8,
  Q4_K: 12,
  Q6_K: 14,
  I32: 26,
  F64: 28,
  BF16: 30,
};

type ScalarType = Exclude<keyof typeof VALUE_TYPES, 'ARRAY'>;
type Scalar = number | bigint | boolean | string;

/** A metadata value: a scalar type and its value, or an element type and its values. */
export type TestValue =
  | readonly [ScalarType, Scalar]
  | readonly ['ARRAY', ScalarType, readonly Scalar[]]
  | readonly ['ARRAY', 'ARRAY', readonly TestValue[]];

export interface TestTensor {
  readonly name: string;
  readonly type: WeightType;
  /** Row-major: the last dimension runs fastest. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Little-endian bytes, one value after the other. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  u8(value: number): this {
    this.#bytes.push(value & 255);
    return this;
  }

  u32(value: number): this {
    return this.u64(BigInt(value), 4);
  }

  u64(value: bigint | number, bytes = 8): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let i = 0; i < bytes; i++) {
      this.u8(Number(rest & 255n));
      rest >>= 8n;
    }
    return this;
  }

  string(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u64(bytes.length).raw(bytes);
  }

  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  align(alignment: number): this {
    while (this.length % alignment !== 0) this.u8(0);
    return this;
  }

  scalar(type: ScalarType, value: Scalar): this {
    const view = new DataView(new ArrayBuffer(8));
    switch (type) {
      case 'STRING':
        return this.string(String(value));
      case 'FLOAT32':
        view.setFloat32(0, Number(value), true);
        return this.raw(new Uint8Array(view.buffer, 0, 4));
      case 'FLOAT64':
        view.setFloat64(0, Number(value), true);
        return this.raw(new Uint8Array(view.buffer));
      default: {
        const sizes = {
          UINT8: 1,
          INT8: 1,
          BOOL: 1,
          UINT16: 2,
          INT16: 2,
          UINT32: 4,
          INT32: 4,
          UINT64: 8,
          INT64: 8,
        };
        return this.u64(BigInt(value), sizes[type]);
      }
    }
  }

  value(value: TestValue): this {
    this.u32(VALUE_TYPES[value[0]]);
    return this.payload(value);
  }

  payload(value: TestValue): this {
    if (value[0] !== 'ARRAY') return this.scalar(value[0], value[1]);
    this.u32(VALUE_TYPES[value[1]]).u64(value[2].length);
    if (value[1] === 'ARRAY') for (const item of value[2]) this.payload(item);
    else for (const item of value[2]) this.scalar(value[1], item);
    return this;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

export interface TestGguf {
  readonly version?: number;
  readonly metadata?: readonly (readonly [string, TestValue])[];
  readonly tensors?: readonly TestTensor[];
  /** What tensors are aligned to. It is not written; give `general.alignment` for that. */
  readonly alignment?: number;
}

/** A good file. */
export function writeGguf({
  version = 3,
  metadata = [],
  tensors = [],
  alignment = 32,
}: TestGguf): Uint8Array {
  const writer = new ByteWriter().raw(new TextEncoder().encode('GGUF')).u32(version);
  writer.u64(tensors.length).u64(metadata.length);
  for (const [key, value] of metadata) writer.string(key).value(value);
  let offset = 0;
  for (const { name, type, shape, bytes } of tensors) {
    writer.string(name).u32(shape.length);
    for (const size of shape.toReversed()) writer.u64(size);
    writer.u32(TENSOR_TYPES[type] ?? 255).u64(offset);
    offset = Math.ceil((offset + bytes.length) / alignment) * alignment;
  }
  for (const { bytes } of tensors) writer.align(alignment).raw(bytes);
  return writer.bytes();
}

/** Zeros of the size of a tensor. */
export function zeros(name: string, type: WeightType, shape: readonly number[]): TestTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const { elements, bytes } = WEIGHT_TYPES[type];
  return { name, type, shape, bytes: new Uint8Array((count / elements) * bytes) };
}
