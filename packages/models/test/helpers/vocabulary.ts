/** Small vocabularies for tests. */

/** The characters that stand for the 256 bytes in byte-level vocabularies: visible ones for themselves. */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  const visible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : next++));
})();

/** A text as a byte-level vocabulary spells it. */
export function spell(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => BYTE_CHARACTERS[byte]).join('');
}

const byteText = (...bytes: number[]): string => bytes.map((byte) => BYTE_CHARACTERS[byte]).join('');

/** Pairs that are merged, in order. They split the bytes of characters on purpose. */
export const MERGES: readonly (readonly [string, string])[] = [
  [spell('h'), spell('e')],
  [spell('l'), spell('l')],
  [spell('he'), spell('ll')],
  [spell(' '), spell('w')],
  // The first two of the three bytes of the euro sign, and the last three of the four of U+1F600.
  [byteText(0xe2), byteText(0x82)],
  [byteText(0x9f), byteText(0x98)],
  [byteText(0x9f, 0x98), byteText(0x80)],
];

/** The 256 bytes, then what the merges make. */
export const BYTE_TOKENS: readonly string[] = [
  ...BYTE_CHARACTERS,
  ...MERGES.map(([left, right]) => left + right),
];

/** Special tokens behind `BYTE_TOKENS`. */
export const SPECIAL = { begin: '<|begin|>', end: '<|end|>' } as const;
export const BEGIN_ID = BYTE_TOKENS.length;
export const END_ID = BEGIN_ID + 1;

/** A byte-level `tokenizer.json` that puts `<|begin|>` in front. */
export function byteLevelTokenizer(): object {
  const special = (id: number, content: string): object => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(BEGIN_ID, SPECIAL.begin), special(END_ID, SPECIAL.end)],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: SPECIAL.begin, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { [SPECIAL.begin]: { id: SPECIAL.begin, ids: [BEGIN_ID], tokens: [SPECIAL.begin] } },
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(BYTE_TOKENS.map((token, id) => [token, id])),
      merges: MERGES.map(([left, right]) => `${left} ${right}`),
    },
  };
}

/** A `tokenizer.json` of single characters, as the smallest models have it. */
export function characterTokenizer(characters: string): object {
  return {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Split', pattern: { Regex: '' }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'BPE',
      unk_token: null,
      byte_fallback: false,
      vocab: Object.fromEntries(Array.from(characters, (character, id) => [character, id])),
      merges: [],
    },
  };
}

/** A `tokenizer.json` of whole words. */
export function wordTokenizer(words: readonly string[], unknown?: string): object {
  return {
    added_tokens: [],
    pre_tokenizer: { type: 'Whitespace' },
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      unk_token: unknown,
    },
  };
}
