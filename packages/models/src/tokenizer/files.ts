/** Brings `tokenizer.json` and `tokenizer_config.json` into the form that the tokenizer library expects. */
import { WickError } from '@wick/core';
import * as v from 'valibot';
import { parseAs } from '../schema.js';

/** The two files of a tokenizer, parsed. */
export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly tokenizer: unknown;
  /** `tokenizer_config.json` */
  readonly config?: unknown;
}

/** What the library is given, and what it does not keep. */
export interface TokenizerParts {
  readonly tokenizer: object;
  readonly config: object;
  readonly bosToken: string | undefined;
  readonly eosToken: string | undefined;
}

/**
 * Stands for the unknown-token of a vocabulary that has none, so that the library reports what it would
 * leave out without a word. No vocabulary holds it: it is no character.
 */
const NO_TOKEN = '\uFFFF';

/** Sixteen times the largest vocabularies. */
const MAX_TOKENS = 4 * 1024 * 1024;

const part = v.nullish(v.looseObject({ type: v.string() }), null);

const tokenizerSchema = v.looseObject({
  added_tokens: v.nullish(v.array(v.looseObject({ id: v.number(), content: v.string() })), []),
  normalizer: part,
  pre_tokenizer: part,
  post_processor: part,
  decoder: part,
  model: v.looseObject({
    type: v.nullish(v.string()),
    unk_token: v.nullish(v.string()),
  }),
});

/** A token is given by its text, or by an object with more about it. */
const token = v.nullish(
  v.union([
    v.string(),
    v.pipe(
      v.looseObject({ content: v.string() }),
      v.transform((t) => t.content),
    ),
  ]),
);

const configSchema = v.object({
  bos_token: token,
  eos_token: token,
  pad_token: token,
  unk_token: token,
  remove_space: v.nullish(v.boolean()),
  do_lowercase_and_remove_accent: v.nullish(v.boolean()),
});

/**
 * Checks the files as far as the library does not, and completes them.
 *
 * @throws BAD_FILE naming the field.
 */
export function tokenizerParts(files: TokenizerFiles): TokenizerParts {
  const tokenizer = parseAs(tokenizerSchema, files.tokenizer, 'tokenizer.json', 'BAD_FILE');
  const config = parseAs(configSchema, files.config ?? {}, 'tokenizer_config.json', 'BAD_FILE');
  const { model } = tokenizer;
  checkIds(model.vocab, tokenizer.added_tokens);
  const isBytePair = model.type === 'BPE';
  return {
    tokenizer: {
      ...tokenizer,
      model: isBytePair ? { ...model, unk_token: model.unk_token ?? NO_TOKEN } : model,
    },
    config: {
      ...config,
      // For whole-word vocabularies the library looks for it here alone.
      unk_token: config.unk_token ?? model.unk_token ?? undefined,
      clean_up_tokenization_spaces: false,
    },
    bosToken: config.bos_token ?? undefined,
    eosToken: config.eos_token ?? undefined,
  };
}

/**
 * Ids have to be whole numbers that can index a table: the library makes one as long as the highest.
 * A vocabulary is an object of ids by token, or a list of tokens with their scores.
 */
function checkIds(vocabulary: unknown, addedTokens: readonly { readonly id: number }[]): void {
  if (typeof vocabulary !== 'object' || vocabulary === null) {
    throw new WickError('BAD_FILE', 'tokenizer.json: model.vocab is missing.', { label: 'tokenizer.json' });
  }
  const ids: unknown[] = Array.isArray(vocabulary) ? [] : Object.values(vocabulary);
  for (const id of [...ids, ...addedTokens.map((added) => added.id)]) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= MAX_TOKENS) {
      const what = `${JSON.stringify(id)} is not a whole number from 0 to ${MAX_TOKENS - 1}`;
      throw new WickError('BAD_FILE', `tokenizer.json: the token id ${what}.`, { label: 'tokenizer.json' });
    }
  }
}
