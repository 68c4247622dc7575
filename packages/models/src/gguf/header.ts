/**
 * The header of a GGUF file: metadata, then the name, shape, type and place of each tensor. The format is
 * described at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Nothing that a file claims is
 * believed before the file turns out to be long enough for it.
 */
import type { ByteSource } from '../bytes/source.js';
import { WEIGHT_TYPES, type WeightType, weightByteLength } from '../weights/type.js';
import type { WeightInfo } from '../weights/weights.js';
import { GgufCursor, NeedMoreBytes } from './cursor.js';
import { type GgufValue, readValue, valueBudget } from './value.js';

/** One tensor of a file. */
export interface GgufTensor extends WeightInfo {
  /** Where its bytes begin, from the start of the file. */
  readonly offset: number;
}

/** What a header says. */
export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** All tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Tensors begin at multiples of this, in bytes. */
  readonly alignment: number;
}

/** The types of tensors by the numbers of `ggml_type`; the numbers left out were given up by ggml. */
const GGML_TYPES: ReadonlyMap<number, WeightType> = new Map([
  [0, 'F32'],
  [1, 'F16'],
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [6, 'Q5_0'],
  [7, 'Q5_1'],
  [8, 'Q8_0'],
  [9, 'Q8_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [12, 'Q4_K'],
  [13, 'Q5_K'],
  [14, 'Q6_K'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [24, 'I8'],
  [25, 'I16'],
  [26, 'I32'],
  [27, 'I64'],
  [28, 'F64'],
  [29, 'IQ1_M'],
  [30, 'BF16'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
]);

const MAGIC = 0x46554747; // "GGUF" as a little-endian word
const DEFAULT_ALIGNMENT = 32;
const FIRST_READ_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 256 * 1024 * 1024;
const MAX_METADATA = 65_536;
const MAX_TENSORS = 131_072;
const MAX_KEY_BYTES = 65_535;
const MAX_NAME_BYTES = 1024;
const MAX_DIMENSIONS = 4;
/** The shortest key and value: two lengths, a type and one byte; and the shortest tensor. */
const MIN_METADATA_BYTES = 13;
const MIN_TENSOR_BYTES = 24;

/**
 * Reads and checks the header of a file, version 2 or 3, little-endian.
 *
 * @throws BAD_FILE naming the field and its offset in the file; what `ByteSource.read` throws.
 */
export async function readGgufHeader(source: ByteSource, signal?: AbortSignal): Promise<GgufHeader> {
  const { label, byteLength } = source;
  let length = Math.min(FIRST_READ_BYTES, byteLength);
  for (;;) {
    const cursor = new GgufCursor(await source.read(0, length, signal), byteLength, label);
    try {
      return parseHeader(cursor, byteLength);
    } catch (error) {
      // The length of a header is not written anywhere. Twice as much each time: what is parsed again
      // adds up to no more than the header.
      if (!(error instanceof NeedMoreBytes)) throw error;
      if (length >= MAX_HEADER_BYTES)
        throw cursor.error(`is longer than ${MAX_HEADER_BYTES} bytes`, 'header');
      length = Math.min(Math.max(2 * length, error.byteLength), byteLength, MAX_HEADER_BYTES);
    }
  }
}

function parseHeader(cursor: GgufCursor, fileBytes: number): GgufHeader {
  if (cursor.uint32('magic') !== MAGIC) throw cursor.error('is not "GGUF"', 'magic', 0);
  const version = cursor.uint32('version');
  if ((version & 0xffff) === 0) throw cursor.error('is that of a big-endian file', 'version', 4);
  if (version !== 2 && version !== 3) throw cursor.error(`is ${version}, not 2 or 3`, 'version', 4);
  const tensorCount = cursor.count('tensor_count', MAX_TENSORS);
  const metadataCount = cursor.count('metadata_kv_count', MAX_METADATA);
  cursor.require(metadataCount * MIN_METADATA_BYTES, 'metadata');
  cursor.require(tensorCount * MIN_TENSOR_BYTES, 'tensor infos');

  const metadata = new Map<string, GgufValue>();
  const budget = valueBudget();
  let alignment = DEFAULT_ALIGNMENT;
  for (let i = 0; i < metadataCount; i++) {
    const at = cursor.position;
    const key = cursor.name(`metadata key ${i}`, MAX_KEY_BYTES);
    const field = excerpt(key);
    if (key === '__proto__') throw cursor.error('is not allowed as a key', field, at);
    if (metadata.has(key)) throw cursor.error('appears twice', field, at);
    const value = readValue(cursor, field, budget);
    metadata.set(key, value);
    if (key === 'general.alignment') alignment = checkAlignment(cursor, value, at);
  }

  const infos: RawTensor[] = [];
  const names = new Set<string>();
  for (let i = 0; i < tensorCount; i++) {
    const info = readTensor(cursor, i, alignment);
    if (names.has(info.name)) throw cursor.error('appears twice', tensorField(info.name), info.at);
    names.add(info.name);
    infos.push(info);
  }
  const dataOffset = Math.ceil(cursor.position / alignment) * alignment;
  checkPlaces(cursor, infos, fileBytes - dataOffset);

  const tensors = new Map<string, GgufTensor>();
  for (const { name, type, shape, byteLength, offset } of infos) {
    tensors.set(name, { name, type, shape, byteLength, offset: dataOffset + offset });
  }
  return { version, metadata, tensors, alignment };
}

function checkAlignment(cursor: GgufCursor, value: GgufValue, at: number): number {
  // The format asks for a multiple of 8, ggml for a power of two.
  const good = typeof value === 'number' && value >= 8 && Number.isInteger(Math.log2(value));
  if (!good)
    throw cursor.error(
      `is ${String(value).slice(0, 40)}, not a power of two from 8`,
      'general.alignment',
      at,
    );
  return value;
}

/** A tensor whose offset counts from the start of the data. */
interface RawTensor extends WeightInfo {
  readonly offset: number;
  /** Where in the header it stands. */
  readonly at: number;
}

function readTensor(cursor: GgufCursor, index: number, alignment: number): RawTensor {
  const at = cursor.position;
  const name = cursor.name(`name of tensor ${index}`, MAX_NAME_BYTES);
  const field = tensorField(name);
  if (name === '__proto__') throw cursor.error('is not allowed as a name', field, at);
  const dimensions = cursor.uint32(`n_dims of ${field}`);
  if (dimensions > MAX_DIMENSIONS) {
    throw cursor.error(`has ${dimensions} dimensions, more than ${MAX_DIMENSIONS}`, field, at);
  }
  const shape: number[] = [];
  for (let i = 0; i < dimensions; i++) {
    // The file has the fastest dimension first, Wick has it last.
    shape.unshift(cursor.count(`dimension ${i} of ${field}`, Number.MAX_SAFE_INTEGER));
  }
  const typeNumber = cursor.uint32(`type of ${field}`);
  const type = GGML_TYPES.get(typeNumber);
  if (type === undefined) throw cursor.error(`has the unknown type ${typeNumber}`, field, at);
  const offset = cursor.count(`offset of ${field}`, Number.MAX_SAFE_INTEGER);
  if (offset % alignment !== 0) {
    throw cursor.error(`has the offset ${offset}, no multiple of the alignment ${alignment}`, field, at);
  }
  const byteLength = weightByteLength(type, shape);
  if (byteLength === undefined) {
    const { elements } = WEIGHT_TYPES[type];
    throw cursor.error(
      `[${shape}] is above 2^53 bytes or has rows that are not blocks of ${elements}`,
      field,
      at,
    );
  }
  return { name, type, shape, byteLength, offset, at };
}

/** Tensors lie inside the data and do not overlap; padding between them is expected. */
function checkPlaces(cursor: GgufCursor, infos: readonly RawTensor[], dataBytes: number): void {
  let end = 0;
  for (const { name, offset, byteLength, at } of infos.toSorted((a, b) => a.offset - b.offset)) {
    const field = tensorField(name);
    if (byteLength > dataBytes - offset) {
      const what = `takes bytes ${offset} to ${offset + byteLength} of the data, the file has ${Math.max(dataBytes, 0)}`;
      throw cursor.error(what, field, at);
    }
    if (byteLength > 0 && offset < end) throw cursor.error('overlaps another tensor', field, at);
    end = Math.max(end, offset + byteLength);
  }
}

const tensorField = (name: string): string => `tensor ${excerpt(name)}`;

function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
