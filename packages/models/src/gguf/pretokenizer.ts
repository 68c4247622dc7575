/**
 * How byte-level vocabularies cut a text into words before merging. GGUF files give only a name; the
 * patterns are those of the models' own `tokenizer.json`.
 */
import { badKey, type GgufMetadata, text } from './metadata.js';

/** What the name of a pre-tokenizer stands for. */
export interface GgufPreTokenizer {
  /** The `pre_tokenizer` of a `tokenizer.json`. */
  readonly preTokenizer: object;
  /** Whether a word that is a token as a whole is taken without merging. */
  readonly wholeTokensFirst: boolean;
  /** Whether a text begins with the beginning token where the file does not say. */
  readonly bosByDefault: boolean;
}

const KEY = 'tokenizer.ggml.pre';

/** Words of letters and numbers, with the space before them, as in GPT-2. */
const gpt2 = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

/** Cuts by a pattern, then writes bytes as characters. */
function byPattern(pattern: string): object {
  return {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  };
}

/** English contractions, words, up to `digits` digits, signs, line ends and spaces. */
const words = (digits: string): string =>
  [
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)",
    '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
    `\\p{N}${digits}`,
    ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*',
    '\\s*[\\r\\n]+',
    '\\s+(?!\\S)',
    '\\s+',
  ].join('|');

const llama3: GgufPreTokenizer = {
  preTokenizer: byPattern(words('{1,3}')),
  wholeTokensFirst: true,
  bosByDefault: true,
};

const KNOWN: ReadonlyMap<string, GgufPreTokenizer> = new Map([
  ['gpt-2', { preTokenizer: gpt2, wholeTokensFirst: false, bosByDefault: false }],
  ['llama-bpe', llama3],
  ['llama3', llama3],
  ['llama-v3', llama3],
  ['qwen2', { preTokenizer: byPattern(words('')), wholeTokensFirst: false, bosByDefault: false }],
  [
    'smollm',
    {
      preTokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, gpt2] },
      wholeTokensFirst: false,
      bosByDefault: false,
    },
  ],
]);

/**
 * The pre-tokenizer of a byte-level vocabulary.
 *
 * @throws BAD_MODEL when the file names none, or one that is not known: another would cut words where the
 * model never saw a cut, and nothing would show it.
 */
export function preTokenizerFromGguf(metadata: GgufMetadata): GgufPreTokenizer {
  const name = text(metadata, KEY);
  const known = name === undefined ? undefined : KNOWN.get(name);
  if (known === undefined) {
    throw badKey(KEY, `is ${JSON.stringify(name ?? null)}; Wick has ${[...KNOWN.keys()].join(', ')}`);
  }
  return known;
}
