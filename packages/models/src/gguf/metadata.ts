/** Typed access to GGUF metadata, for those who build a model from it. */
import { WickError } from '@wick/core';
import type { GgufValue } from './value.js';

/** Metadata by key. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

/** BAD_MODEL about a key. */
export function badKey(key: string, what: string): WickError {
  return new WickError('BAD_MODEL', `GGUF metadata: ${key} ${what}.`, { label: key });
}

/** A number above zero, `fallback` where there is no such key. */
export function positive(metadata: GgufMetadata, key: string, fallback?: number): number {
  const value = metadata.get(key) ?? fallback;
  if (value === undefined) throw badKey(key, 'is missing');
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    throw badKey(key, `is ${show(value)}, not a number above 0`);
  }
  return value;
}

/** A whole number above zero, `fallback` where there is no such key. */
export function size(metadata: GgufMetadata, key: string, fallback?: number): number {
  const value = positive(metadata, key, fallback);
  if (!Number.isSafeInteger(value)) throw badKey(key, `is ${value}, not a whole number`);
  return value;
}

/** A token id, or undefined where there is no such key. */
export function tokenId(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw badKey(key, `is ${show(value)}, not a token`);
  }
  return value;
}

/** A text, or undefined where there is no such key. */
export function text(metadata: GgufMetadata, key: string): string | undefined {
  const value = metadata.get(key);
  if (value !== undefined && typeof value !== 'string') throw badKey(key, `is ${show(value)}, not a text`);
  return value;
}

/** A truth value, `fallback` where there is no such key. */
export function flag(metadata: GgufMetadata, key: string, fallback: boolean): boolean {
  const value = metadata.get(key) ?? fallback;
  if (typeof value !== 'boolean') throw badKey(key, `is ${show(value)}, neither true nor false`);
  return value;
}

/** An array of texts, or undefined where there is no such key. */
export function texts(metadata: GgufMetadata, key: string): readonly string[] | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  const list: unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (list === undefined || !list.every((item) => typeof item === 'string')) {
    throw badKey(key, 'is not an array of texts');
  }
  return list;
}

/** An array of numbers of any width, or undefined where there is no such key. */
export function numbers(metadata: GgufMetadata, key: string): ArrayLike<number> | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  const isNumbers =
    ArrayBuffer.isView(value) && !(value instanceof BigInt64Array) && !(value instanceof BigUint64Array);
  if (!isNumbers) throw badKey(key, 'is not an array of numbers');
  return value;
}

function show(value: GgufValue): string {
  return typeof value === 'object'
    ? 'an array'
    : JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v));
}
