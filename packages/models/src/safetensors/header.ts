/**
 * The header of a safetensors file: 8 bytes of length, then JSON that names each tensor's type, shape and
 * place in the bytes that follow. The format is described at https://github.com/huggingface/safetensors;
 * what it promises is checked here, because a file comes from anywhere.
 */
import { WickError } from '@wick/core';
import type { ByteSource } from '../bytes/source.js';
import { WEIGHT_TYPES, type WeightType, weightByteLength } from '../weights/type.js';
import type { WeightInfo } from '../weights/weights.js';
import { JsonCursor } from './cursor.js';
import { EntryTable } from './table.js';

/** The types of the format, without those smaller than a byte. */
export const SAFETENSORS_TYPES = [
  'F64',
  'F32',
  'F16',
  'BF16',
  'F8_E4M3',
  'F8_E5M2',
  'F8_E8M0',
  'C64',
  'I64',
  'I32',
  'I16',
  'I8',
  'U64',
  'U32',
  'U16',
  'U8',
  'BOOL',
] as const satisfies readonly WeightType[];

/** An element type of the format. */
export type SafetensorsType = (typeof SAFETENSORS_TYPES)[number];

/** One tensor of a file. */
export interface SafetensorsEntry extends WeightInfo {
  readonly type: SafetensorsType;
  /** Where its bytes begin, from the start of the file. */
  readonly offset: number;
}

/** What a header says. */
export interface SafetensorsHeader {
  /** All tensors by name, in the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  /** The free text that its writer added as `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

const PREFIX_BYTES = 8;
/** The bound that the format's own implementation sets. */
const MAX_HEADER_BYTES = 100_000_000;
const CHUNK_BYTES = 65_536;
const MAX_NAME_BYTES = 65_536;
const MAX_RANK = 64;
const MAX_METADATA = 4096;
const METADATA = '__metadata__';

interface RawEntry {
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads and checks the header of a file. Memory used until a file is refused stays below twice its size.
 *
 * @throws BAD_FILE naming the field and its offset in the file; what `ByteSource.read` throws.
 */
export async function readSafetensorsHeader(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<SafetensorsHeader> {
  const { label, byteLength } = source;
  const refuse = (what: string): WickError => new WickError('BAD_FILE', `${label}: ${what}.`, { label });
  if (byteLength < PREFIX_BYTES) {
    throw refuse(`the header length (at byte 0) is missing, the file has only ${byteLength} bytes`);
  }
  const prefix = await source.read(0, PREFIX_BYTES, signal);
  const claimed = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES).getBigUint64(0, true);
  // Compared before it becomes a number: 2^63 does not fit into one.
  if (claimed > BigInt(byteLength - PREFIX_BYTES)) {
    throw refuse(`the header length ${claimed} (at byte 0) is beyond the end of the file at ${byteLength}`);
  }
  if (claimed > BigInt(MAX_HEADER_BYTES)) {
    throw refuse(`the header length ${claimed} (at byte 0) is above the limit of ${MAX_HEADER_BYTES}`);
  }
  const headerBytes = Number(claimed);
  const header = await source.read(PREFIX_BYTES, headerBytes, signal);
  return parseHeader(header, byteLength - PREFIX_BYTES - headerBytes, label);
}

/** `dataBytes` is what follows the header in the file. */
function parseHeader(bytes: Uint8Array, dataBytes: number, label: string): SafetensorsHeader {
  const cursor = new JsonCursor(bytes, PREFIX_BYTES, label);
  const nameAt = (at: number): string => {
    cursor.position = at;
    return cursor.string('a tensor name', MAX_NAME_BYTES);
  };

  checkUtf8(cursor, bytes);
  const table = new EntryTable(bytes.length);
  const metadataAt: number[] = [];
  cursor.object('header', MAX_NAME_BYTES, (name, at) => {
    checkKey(cursor, name, at);
    if (name !== METADATA) {
      const { begin, end } = parseEntry(cursor, name, dataBytes);
      table.add(at, name, begin, end);
      return;
    }
    if (metadataAt.length > 0) throw cursor.error('appears twice', METADATA, at);
    cursor.peek();
    metadataAt.push(cursor.position);
    checkMetadata(cursor);
  });
  cursor.end('header');

  const duplicate = table.duplicate(nameAt);
  if (duplicate !== undefined) throw cursor.error('appears twice', tensorField(nameAt(duplicate)), duplicate);
  const gap = table.gap(dataBytes);
  if (gap?.at !== undefined) {
    const what = `begins at ${gap.found} of the data, ${gap.found > gap.expected ? 'after a hole' : 'inside another tensor'}`;
    const field = `${tensorField(nameAt(gap.at))}.data_offsets`;
    throw cursor.error(`${what}; the bytes before it end at ${gap.expected}`, field, gap.at);
  }
  if (gap !== undefined) {
    throw cursor.error(
      `cover ${gap.expected} bytes of data, the file has ${gap.found}`,
      'the tensors',
      bytes.length,
    );
  }

  // Everything is known to be right: only now objects are made that outlive their entry.
  const tensors = new Map<string, SafetensorsEntry>();
  for (const at of table.positions()) {
    const name = nameAt(at);
    cursor.expect(':', name);
    const { type, shape, begin, end } = parseEntry(cursor, name, dataBytes);
    const offset = PREFIX_BYTES + bytes.length + begin;
    tensors.set(name, { name, type, shape, byteLength: end - begin, offset });
  }
  const metadata = new Map<string, string>();
  for (const at of metadataAt) {
    cursor.position = at;
    cursor.object(METADATA, MAX_NAME_BYTES, (key) => metadata.set(key, cursor.string(METADATA)));
  }
  return { tensors, metadata };
}

/** Done for the whole header at first, so that no long text is built before its last byte was looked at. */
function checkUtf8(cursor: JsonCursor, bytes: Uint8Array): void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    const chunk = bytes.subarray(from, from + CHUNK_BYTES);
    try {
      decoder.decode(chunk, { stream: from + CHUNK_BYTES < bytes.length });
    } catch {
      throw cursor.error(`is not UTF-8, in the ${chunk.length} bytes from here`, 'header', from);
    }
  }
}

/** No weight has this name, and it does harm in whatever keeps names as the keys of an object. */
function checkKey(cursor: JsonCursor, key: string, at: number): void {
  if (key === '__proto__') throw cursor.error('is not allowed as a name', key, at);
}

function checkMetadata(cursor: JsonCursor): void {
  const keys = new Set<string>();
  cursor.object(METADATA, MAX_NAME_BYTES, (key, at) => {
    checkKey(cursor, key, at);
    const field = `${METADATA}.${excerpt(key)}`;
    if (keys.has(key)) throw cursor.error('appears twice', field, at);
    keys.add(key);
    if (keys.size > MAX_METADATA) throw cursor.error(`has more than ${MAX_METADATA} entries`, METADATA, at);
    cursor.skipString(field);
  });
}

/** Takes one `{"dtype":..., "shape":[...], "data_offsets":[begin, end]}` and checks what it says by itself. */
function parseEntry(cursor: JsonCursor, name: string, dataBytes: number): RawEntry {
  const field = tensorField(name);
  cursor.peek();
  const start = cursor.position;
  const found: { type?: SafetensorsType; shape?: number[]; offsets?: number[] } = {};
  cursor.object(field, MAX_NAME_BYTES, (key, at) => {
    const path = `${field}.${excerpt(key)}`;
    if (key === 'dtype' && found.type === undefined) {
      found.type = parseType(cursor, path);
    } else if (key === 'shape' && found.shape === undefined) {
      found.shape = wholeNumbers(cursor, path, MAX_RANK);
    } else if (key === 'data_offsets' && found.offsets === undefined) {
      found.offsets = wholeNumbers(cursor, path, 2);
    } else {
      const known = key === 'dtype' || key === 'shape' || key === 'data_offsets';
      throw cursor.error(known ? 'appears twice' : 'is no field of the format', path, at);
    }
  });

  const { type, shape, offsets } = found;
  if (type === undefined) throw cursor.error('is missing', `${field}.dtype`, start);
  if (shape === undefined) throw cursor.error('is missing', `${field}.shape`, start);
  if (offsets?.length !== 2) throw cursor.error('is not two offsets', `${field}.data_offsets`, start);
  const [begin, end] = offsets;
  const range = `${field}.data_offsets [${begin}, ${end}]`;
  if (end < begin) throw cursor.error('end before they begin', range, start);
  if (end > dataBytes) throw cursor.error(`leave the ${dataBytes} bytes of data`, range, start);
  const want = weightByteLength(type, shape);
  if (want === undefined)
    throw cursor.error(`[${shape}] has more than 2^53 elements or bytes`, `${field}.shape`, start);
  if (want !== end - begin) {
    const size = `${want} bytes that ${WEIGHT_TYPES[type].bytes} x [${shape}] takes`;
    throw cursor.error(`are not the ${size}`, range, start);
  }
  return { type, shape, begin, end };
}

function parseType(cursor: JsonCursor, field: string): SafetensorsType {
  cursor.peek();
  const at = cursor.position;
  const text = cursor.string(field, MAX_NAME_BYTES);
  const type = SAFETENSORS_TYPES.find((known) => known === text);
  if (type === undefined) throw cursor.error(`is ${excerpt(text)}, which is no known type`, field, at);
  return type;
}

function wholeNumbers(cursor: JsonCursor, field: string, most: number): number[] {
  const values: number[] = [];
  cursor.array(field, (index) => {
    if (index === most) throw cursor.error(`has more than ${most} numbers`, field);
    values.push(cursor.wholeNumber(`${field}[${index}]`));
  });
  return values;
}

const tensorField = (name: string): string => `tensor ${excerpt(name)}`;

/** A name as it can stand in a message: quoted, and not longer than a line. */
function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
