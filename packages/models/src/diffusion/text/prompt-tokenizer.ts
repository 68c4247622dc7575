/** Prompts as token ids of one length, and the files that say how. */

import { WickError } from '@wick/core';
import * as v from 'valibot';
import { readJson } from '../../bytes/json.js';
import type { ByteFolder } from '../../bytes/source.js';
import { parseAs } from '../../schema.js';
import { createTokenizer, type Tokenizer } from '../../tokenizer/tokenizer.js';
import type { ClipTextConfig } from '../config/text-encoder.js';
import { clipTokenizerFiles } from './clip-tokenizer.js';

/** A tokenizer with what it takes to fill prompts up. */
export interface PromptTokenizer {
  readonly tokenizer: Tokenizer;
  /** The token after the end of a prompt. */
  readonly padId: number;
  /** Most tokens of a prompt with its special ones, if the files say so. */
  readonly maxLength: number | undefined;
}

const token = v.nullish(v.union([v.string(), v.looseObject({ content: v.string() })]));
const configSchema = v.looseObject({ pad_token: token, model_max_length: v.nullish(v.number()) });

/**
 * Opens the folder `tokenizer`: `tokenizer.json`, or `vocab.json` and `merges.txt`.
 *
 * @returns undefined when the folder holds neither
 * @throws WickError `BAD_FILE`, `CANCELLED`
 */
export async function openPromptTokenizer(
  folder: ByteFolder,
  signal?: AbortSignal,
): Promise<PromptTokenizer | undefined> {
  const json = async (name: string): Promise<unknown> => {
    if (!(await folder.has(name))) return undefined;
    const source = await folder.open(name);
    return readJson(source, signal).finally(() => source.close());
  };
  const parse = (file: unknown, name: string) => parseAs(configSchema, file ?? {}, name, 'BAD_FILE');
  const written = await json('tokenizer_config.json');
  const config = parse(written, 'tokenizer_config.json');
  const map = parse(await json('special_tokens_map.json'), 'special_tokens_map.json');
  const tokenizer = (await folder.has('tokenizer.json'))
    ? createTokenizer({ tokenizer: await json('tokenizer.json'), config: written })
    : await fromVocabulary(folder, await json('vocab.json'), signal);
  if (tokenizer === undefined) return undefined;

  const pad = config.pad_token ?? map.pad_token;
  const padToken = typeof pad === 'string' ? pad : pad?.content;
  const padId = padToken === undefined ? tokenizer.eosIds.at(0) : tokenizer.idOf(padToken);
  if (padId === undefined) {
    throw new WickError('BAD_FILE', `${folder.label}: pad_token names no token of the vocabulary.`, {
      label: folder.label,
    });
  }
  const longest = config.model_max_length ?? undefined;
  return { tokenizer, padId, maxLength: Number.isSafeInteger(longest) ? longest : undefined };
}

async function fromVocabulary(
  folder: ByteFolder,
  vocabulary: unknown,
  signal: AbortSignal | undefined,
): Promise<Tokenizer | undefined> {
  if (vocabulary === undefined || !(await folder.has('merges.txt'))) return undefined;
  const source = await folder.open('merges.txt');
  try {
    const merges = new TextDecoder().decode(await source.read(0, source.byteLength, signal));
    return createTokenizer(clipTokenizerFiles(vocabulary, merges));
  } finally {
    await source.close();
  }
}

/** A text, or the token ids of one, filled up to the length of the text encoder. */
export type Prompt = string | readonly number[];

/** The ids of a prompt, and what was cut off at its end. */
export interface EncodedPrompt {
  readonly ids: readonly number[];
  /** Tokens that the text has, with the special ones. */
  readonly tokens: number;
  /** Tokens that a text may have. */
  readonly limit: number;
  /** The end of the text, if there was no room for it. */
  readonly dropped: string | undefined;
}

/**
 * A prompt as exactly `maxLength` ids: padded, or cut so that its last token is still the one that ends a text.
 *
 * @throws WickError `INVALID_ARGUMENT` for a text without a tokenizer, or ids that do not fit
 */
export function encodePrompt(
  prompt: Prompt,
  tokens: PromptTokenizer | undefined,
  encoder: Pick<ClipTextConfig, 'maxLength' | 'vocabularySize'>,
): EncodedPrompt {
  const { maxLength: length, vocabularySize } = encoder;
  const checked = (ids: readonly number[]): readonly number[] => {
    const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (wrong === undefined) return ids;
    throw invalid(`token ${wrong} is outside the vocabulary of ${vocabularySize}`);
  };
  if (typeof prompt !== 'string') {
    if (prompt.length !== length)
      throw invalid(`a prompt of ${prompt.length} token ids is given; it must have ${length}`);
    return { ids: checked(prompt), tokens: length, limit: length, dropped: undefined };
  }
  if (tokens === undefined)
    throw invalid('the model has no tokenizer: give prompts, and what is not wanted, as token ids');
  const { tokenizer, padId } = tokens;
  const limit = Math.min(length, tokens.maxLength ?? length);
  const ids = tokenizer.encode(prompt);
  const fits = ids.length <= limit;
  const cut = fits ? ids : [...ids.slice(0, limit - 1), ...ids.slice(-1)];
  return {
    ids: checked([...cut, ...new Array<number>(length - cut.length).fill(padId)]),
    tokens: ids.length,
    limit,
    dropped: fits ? undefined : tokenizer.decode(ids.slice(limit - 1, -1)).trim(),
  };
}

function invalid(message: string): WickError {
  return new WickError('INVALID_ARGUMENT', message);
}
