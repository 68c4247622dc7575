import { WickError } from '@wick/core';
import type { ByteSource } from './source.js';

/** A tokenizer of a million tokens stays below this; what is larger is not configuration. */
const MAX_JSON_BYTES = 256 * 1024 * 1024;

/**
 * Reads a whole JSON file, UTF-8 with or without a byte order mark.
 *
 * @throws BAD_FILE when it is larger than 256 MiB, not UTF-8 or not JSON.
 */
export async function readJson(source: ByteSource, signal?: AbortSignal): Promise<unknown> {
  const { label, byteLength } = source;
  if (byteLength > MAX_JSON_BYTES) {
    throw new WickError(
      'BAD_FILE',
      `${label} has ${byteLength} bytes, more than the ${MAX_JSON_BYTES} of a JSON file.`,
      {
        label,
      },
    );
  }
  const bytes = await source.read(0, byteLength, signal);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return value;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WickError('BAD_FILE', `${label} is not JSON in UTF-8: ${reason}.`, { label, cause });
  }
}
