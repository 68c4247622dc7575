/** The typed values of GGUF metadata. */
import type { GgufCursor } from './cursor.js';

/** A metadata array. Numbers keep the width that they have in the file; 64-bit ones are bigints. */
export type GgufArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array
  | readonly boolean[]
  | readonly string[]
  | readonly GgufArray[];

/** A metadata value. A 64-bit integer is a number where a number holds it exactly, and a bigint above. */
export type GgufValue = number | bigint | boolean | string | GgufArray;

/** Arrays inside arrays; files have none, or one level. */
const MAX_DEPTH = 4;

/** Elements over all arrays of a file. The largest vocabularies need a quarter of it. */
const MAX_ELEMENTS = 4 * 1024 * 1024;

/** What is left of the bounds that hold for a whole file. */
export interface ValueBudget {
  elements: number;
}

/** A fresh budget for one file. */
export function valueBudget(): ValueBudget {
  return { elements: MAX_ELEMENTS };
}

const narrow = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

interface ValueType {
  readonly name: string;
  /** The fewest bytes that a value takes in the file. */
  readonly bytes: number;
  readonly read: (cursor: GgufCursor, field: string) => Exclude<GgufValue, GgufArray>;
  /** Makes an array of numbers from a copy of their bytes; absent where elements are read one by one. */
  readonly array?: (buffer: ArrayBuffer) => GgufArray;
}

/** By the numbers of `gguf_metadata_value_type`; 9 is an array and stands apart. */
const VALUE_TYPES: ReadonlyMap<number, ValueType> = new Map([
  [0, { name: 'UINT8', bytes: 1, read: (c, f) => c.uint8(f), array: (b) => new Uint8Array(b) }],
  [1, { name: 'INT8', bytes: 1, read: (c, f) => c.int8(f), array: (b) => new Int8Array(b) }],
  [2, { name: 'UINT16', bytes: 2, read: (c, f) => c.uint16(f), array: (b) => new Uint16Array(b) }],
  [3, { name: 'INT16', bytes: 2, read: (c, f) => c.int16(f), array: (b) => new Int16Array(b) }],
  [4, { name: 'UINT32', bytes: 4, read: (c, f) => c.uint32(f), array: (b) => new Uint32Array(b) }],
  [5, { name: 'INT32', bytes: 4, read: (c, f) => c.int32(f), array: (b) => new Int32Array(b) }],
  [6, { name: 'FLOAT32', bytes: 4, read: (c, f) => c.float32(f), array: (b) => new Float32Array(b) }],
  [7, { name: 'BOOL', bytes: 1, read: (c, f) => c.bool(f) }],
  [8, { name: 'STRING', bytes: 8, read: (c, f) => c.text(f) }],
  [
    10,
    { name: 'UINT64', bytes: 8, read: (c, f) => narrow(c.uint64(f)), array: (b) => new BigUint64Array(b) },
  ],
  [11, { name: 'INT64', bytes: 8, read: (c, f) => narrow(c.int64(f)), array: (b) => new BigInt64Array(b) }],
  [12, { name: 'FLOAT64', bytes: 8, read: (c, f) => c.float64(f), array: (b) => new Float64Array(b) }],
] satisfies [number, ValueType][]);

const ARRAY = 9;
/** Type and count in front of the elements. */
const ARRAY_HEADER_BYTES = 12;

/** Takes a value's type, then the value. */
export function readValue(cursor: GgufCursor, field: string, budget: ValueBudget): GgufValue {
  const at = cursor.position;
  const id = cursor.uint32(`type of ${field}`);
  if (id === ARRAY) return readArray(cursor, field, budget, 1);
  return valueType(cursor, id, field, at).read(cursor, field);
}

function readArray(cursor: GgufCursor, field: string, budget: ValueBudget, depth: number): GgufArray {
  if (depth > MAX_DEPTH) throw cursor.error(`has arrays nested deeper than ${MAX_DEPTH}`, field);
  const at = cursor.position;
  const id = cursor.uint32(`element type of ${field}`);
  const type = id === ARRAY ? undefined : valueType(cursor, id, field, at);
  const count = cursor.count(`length of ${field}`, Number.MAX_SAFE_INTEGER);
  // Before anything is allocated: each element takes some bytes, and they have to be there.
  cursor.require(count * (type?.bytes ?? ARRAY_HEADER_BYTES), field);
  if (count > budget.elements)
    throw cursor.error(`brings the file above ${MAX_ELEMENTS} array elements`, field, at);
  budget.elements -= count;
  if (type?.array !== undefined) return type.array(cursor.bytes(count * type.bytes, field).buffer);
  if (type === undefined) return repeat(count, () => readArray(cursor, field, budget, depth + 1));
  if (type.name === 'BOOL') return repeat(count, () => cursor.bool(field));
  return repeat(count, () => cursor.text(field));
}

function repeat<Element>(count: number, read: () => Element): Element[] {
  const elements: Element[] = [];
  for (let i = 0; i < count; i++) elements.push(read());
  return elements;
}

function valueType(cursor: GgufCursor, id: number, field: string, at: number): ValueType {
  const type = VALUE_TYPES.get(id);
  if (type === undefined) throw cursor.error(`has the unknown value type ${id}`, field, at);
  return type;
}
