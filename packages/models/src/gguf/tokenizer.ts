/**
 * The vocabulary inside a GGUF file as a `tokenizer.json`, so that one library reads both. Keys are
 * described at https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
 */
import type { TokenizerFiles } from '../tokenizer/files.js';
import { badKey, flag, type GgufMetadata, numbers, text, texts, tokenId } from './metadata.js';
import { preTokenizerFromGguf } from './pretokenizer.js';
import { mergesFromScores } from './sentencepiece.js';

/** Kinds of tokens, by the numbers of `llama_token_type`. */
const TOKEN_KIND = { normal: 1, control: 3, userDefined: 4 } as const;

const SPACE = '\u2581';

interface Vocabulary {
  readonly tokens: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
  readonly kinds: ArrayLike<number> | undefined;
}

/**
 * The files of the tokenizer that a GGUF file holds. Byte-level byte-pair vocabularies (`gpt2`) and
 * SentencePiece ones (`llama`) are known.
 *
 * @throws BAD_MODEL naming the key: another kind of vocabulary or pre-tokenizer, or keys that are missing
 * or contradict each other.
 */
export function tokenizerFromGguf(metadata: GgufMetadata): TokenizerFiles {
  const model = text(metadata, 'tokenizer.ggml.model');
  const vocabulary = readVocabulary(metadata);
  const parts = model === 'gpt2' ? byteLevel(metadata) : sentencePiece(metadata, vocabulary, model);
  const { bosByDefault, model: bytePair, ...rest } = parts;

  const bosToken = special(metadata, vocabulary, 'tokenizer.ggml.bos_token_id');
  const eosToken = special(metadata, vocabulary, 'tokenizer.ggml.eos_token_id');
  const begin = flag(metadata, 'tokenizer.ggml.add_bos_token', bosByDefault) ? bosToken : undefined;
  const end = flag(metadata, 'tokenizer.ggml.add_eos_token', false) ? eosToken : undefined;
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens(vocabulary),
      post_processor: template(begin, end),
      ...rest,
      model: { type: 'BPE', vocab: Object.fromEntries(vocabulary.ids), ...bytePair },
    },
    config: { bos_token: bosToken, eos_token: eosToken },
  };
}

function readVocabulary(metadata: GgufMetadata): Vocabulary {
  const tokens = texts(metadata, 'tokenizer.ggml.tokens');
  if (tokens === undefined) throw badKey('tokenizer.ggml.tokens', 'is missing');
  const kinds = numbers(metadata, 'tokenizer.ggml.token_type');
  if (kinds !== undefined && kinds.length !== tokens.length) {
    throw badKey('tokenizer.ggml.token_type', `has ${kinds.length} elements for ${tokens.length} tokens`);
  }
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (ids.has(token)) throw badKey('tokenizer.ggml.tokens', `has ${JSON.stringify(token)} twice`);
    ids.set(token, id);
  }
  return { tokens, ids, kinds };
}

/** What differs between the kinds of vocabularies. */
interface Parts {
  readonly normalizer: object | null;
  readonly pre_tokenizer: object | null;
  readonly decoder: object;
  readonly model: object;
  /** Whether a text begins with the beginning token where the file does not say. */
  readonly bosByDefault: boolean;
}

function byteLevel(metadata: GgufMetadata): Parts {
  const lines = texts(metadata, 'tokenizer.ggml.merges');
  if (lines === undefined) throw badKey('tokenizer.ggml.merges', 'is missing');
  const merges = lines.map((line) => {
    const [left, right, ...more] = line.split(' ');
    if (!left || !right || more.length > 0) {
      throw badKey('tokenizer.ggml.merges', `has ${JSON.stringify(line)}, which is not two parts`);
    }
    return [left, right];
  });
  const { preTokenizer, wholeTokensFirst, bosByDefault } = preTokenizerFromGguf(metadata);
  return {
    normalizer: null,
    pre_tokenizer: preTokenizer,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { merges, ignore_merges: wholeTokensFirst, byte_fallback: false, unk_token: null },
    bosByDefault,
  };
}

function sentencePiece(metadata: GgufMetadata, vocabulary: Vocabulary, model: string | undefined): Parts {
  if (model !== 'llama') {
    throw badKey('tokenizer.ggml.model', `is ${JSON.stringify(model ?? null)}; Wick has gpt2 and llama`);
  }
  const scores = numbers(metadata, 'tokenizer.ggml.scores');
  if (scores?.length !== vocabulary.tokens.length) {
    const found = `has ${scores?.length ?? 0} elements for ${vocabulary.tokens.length} tokens`;
    throw badKey('tokenizer.ggml.scores', found);
  }
  const { tokens, ids, kinds } = vocabulary;
  const isNormal = (id: number): boolean => (kinds?.[id] ?? TOKEN_KIND.normal) === TOKEN_KIND.normal;
  const prefix = flag(metadata, 'tokenizer.ggml.add_space_prefix', true);
  const unknown = special(metadata, vocabulary, 'tokenizer.ggml.unknown_token_id');
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(prefix ? [{ type: 'Prepend', prepend: SPACE }] : []),
        { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      merges: mergesFromScores(tokens, ids, scores, isNormal),
      ignore_merges: false,
      byte_fallback: true,
      fuse_unk: true,
      unk_token: unknown ?? null,
    },
    bosByDefault: true,
  };
}

/** The text of the token that a key names, or undefined where there is no such key. */
function special(metadata: GgufMetadata, { tokens }: Vocabulary, key: string): string | undefined {
  const id = tokenId(metadata, key);
  if (id === undefined) return undefined;
  if (id >= tokens.length) throw badKey(key, `is ${id}, the vocabulary has ${tokens.length}`);
  return tokens[id];
}

/** Control tokens and those of the user are matched before any text is split. */
function addedTokens({ tokens, kinds }: Vocabulary): object[] {
  const added: object[] = [];
  for (const [id, content] of tokens.entries()) {
    const isControl = kinds?.[id] === TOKEN_KIND.control;
    if (!isControl && kinds?.[id] !== TOKEN_KIND.userDefined) continue;
    // An empty content would be found everywhere.
    if (content === '') continue;
    added.push({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: isControl,
    });
  }
  return added;
}

function template(begin: string | undefined, end: string | undefined): object | null {
  if (begin === undefined && end === undefined) return null;
  const token = (id: string | undefined): object[] =>
    id === undefined ? [] : [{ SpecialToken: { id, type_id: 0 } }];
  const single = [...token(begin), { Sequence: { id: 'A', type_id: 0 } }, ...token(end)];
  return { type: 'TemplateProcessing', single, pair: single, special_tokens: {} };
}
