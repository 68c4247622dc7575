import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer, type GgufMetadata, type GgufValue, tokenizerFromGguf } from '../src/index.js';
import { failure } from './helpers/errors.js';
import { BEGIN_ID, BYTE_TOKENS, byteLevelTokenizer, END_ID, MERGES, SPECIAL } from './helpers/vocabulary.js';

type Entries = Record<string, GgufValue | undefined>;

const metadataOf = (entries: Entries): GgufMetadata => {
  const metadata = new Map<string, GgufValue>();
  for (const [key, value] of Object.entries(entries)) {
    if (value !== undefined) metadata.set(`tokenizer.ggml.${key}`, value);
  }
  return metadata;
};
const tokenizerOf = (entries: Entries) => createTokenizer(tokenizerFromGguf(metadataOf(entries)));

const NORMAL = 1;
const CONTROL = 3;
const USER = 4;
const BYTE = 6;

const byteTokens = [...BYTE_TOKENS, SPECIAL.begin, SPECIAL.end];
const BYTE_LEVEL: Entries = {
  model: 'gpt2',
  pre: 'gpt-2',
  tokens: byteTokens,
  token_type: Int32Array.from(byteTokens, (_, id) => (id < BEGIN_ID ? NORMAL : CONTROL)),
  merges: MERGES.map(([left, right]) => `${left} ${right}`),
  bos_token_id: BEGIN_ID,
  eos_token_id: END_ID,
  add_bos_token: true,
};

describe('a byte-level vocabulary in a GGUF file', () => {
  it('encodes and decodes like the same one in a tokenizer.json', () => {
    const other = createTokenizer({ tokenizer: byteLevelTokenizer() });
    const tokenizer = tokenizerOf(BYTE_LEVEL);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const value = `${text} hello world <|end|>`;
        const ids = tokenizer.encode(value);
        expect(ids).toEqual(other.encode(value));
        expect(tokenizer.decode(ids)).toBe(other.decode(ids));
      }),
    );
    expect(tokenizer).toMatchObject({ bosId: BEGIN_ID, eosIds: [END_ID], vocabularySize: END_ID + 1 });
  });

  it('puts tokens around a text as the keys say, and else as its pre-tokenizer does', () => {
    const ends = (entries: Entries): number[] => {
      const text = createTokenizer({ tokenizer: byteLevelTokenizer() }).encode('a', { specialTokens: false });
      return tokenizerOf({ ...BYTE_LEVEL, ...entries })
        .encode('a')
        .map((id) => (id === text[0] ? -1 : id));
    };
    expect(ends({ add_bos_token: true, add_eos_token: true })).toEqual([BEGIN_ID, -1, END_ID]);
    expect(ends({ add_bos_token: false })).toEqual([-1]);
    expect(ends({ add_bos_token: undefined })).toEqual([-1]);
    expect(ends({ add_bos_token: undefined, pre: 'llama-bpe' })).toEqual([BEGIN_ID, -1]);
    expect(ends({ add_bos_token: true, bos_token_id: undefined })).toEqual([-1]);
  });

  /** How pre-tokenizers cut, seen through tokens for whole runs of digits. */
  const digits = ['1', '2', '3', '4', '12', '34', '123', '1234'];
  const cut = (pre: string): string[] => {
    const tokens = [...digits, 'Ġ'];
    const merges = ['1 2', '3 4', '12 3', '12 34'];
    const tokenizer = tokenizerOf({ model: 'gpt2', pre, tokens, merges });
    return tokenizer.encode('1234 12').map((id) => tokens[id]);
  };
  it('cuts numbers as its pre-tokenizer does', () => {
    expect(cut('gpt-2')).toEqual(['1234', 'Ġ', '12']);
    expect(cut('llama-bpe')).toEqual(['123', '4', 'Ġ', '12']);
    expect(cut('qwen2')).toEqual(['1', '2', '3', '4', 'Ġ', '1', '2']);
    expect(cut('smollm')).toEqual(['1', '2', '3', '4', 'Ġ', '1', '2']);
  });

  const bad: [Entries, RegExp][] = [
    [{ model: undefined }, /tokenizer\.ggml\.model/],
    [{ model: 'bert' }, /tokenizer\.ggml\.model.*bert/],
    [{ model: 1 }, /tokenizer\.ggml\.model/],
    [{ pre: undefined }, /tokenizer\.ggml\.pre/],
    [{ pre: 'default' }, /tokenizer\.ggml\.pre.*default/],
    [{ tokens: undefined }, /tokenizer\.ggml\.tokens/],
    [{ tokens: ['a', 'a'], token_type: undefined }, /tokenizer\.ggml\.tokens.*twice/],
    [{ token_type: Int32Array.of(1) }, /tokenizer\.ggml\.token_type/],
    [{ token_type: ['1'] }, /tokenizer\.ggml\.token_type/],
    [{ merges: undefined }, /tokenizer\.ggml\.merges/],
    [{ merges: ['ab'] }, /tokenizer\.ggml\.merges/],
    [{ merges: ['a b c'] }, /tokenizer\.ggml\.merges/],
    [{ merges: [' b'] }, /tokenizer\.ggml\.merges/],
    [{ bos_token_id: END_ID + 1 }, /bos_token_id/],
    [{ eos_token_id: 2n ** 60n }, /eos_token_id/],
    [{ add_bos_token: 1 }, /add_bos_token/],
  ];
  for (const [change, message] of bad) {
    it(`is refused: ${message}`, async () => {
      const error = await failure('BAD_MODEL', () =>
        tokenizerFromGguf(metadataOf({ ...BYTE_LEVEL, ...change })),
      );
      expect(error.message).toMatch(message);
    });
  }
});

const bytePieces = Array.from(
  { length: 256 },
  (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`,
);
const pieces: [string, number, number][] = [
  ['<unk>', 0, 2],
  ['<s>', 0, CONTROL],
  ['</s>', 0, CONTROL],
  ...bytePieces.map((piece): [string, number, number] => [piece, 0, BYTE]),
  ['▁t', -1, NORMAL],
  ['he', -2, NORMAL],
  ['▁the', -3, NORMAL],
  ['▁a', -4, NORMAL],
  ['ab', -5, NORMAL],
  ['abab', -6, NORMAL],
  ['<tool>', 0, USER],
  ['▁', -100, NORMAL],
  ['t', -101, NORMAL],
  ['h', -102, NORMAL],
  ['e', -103, NORMAL],
  ['a', -104, NORMAL],
  ['b', -105, NORMAL],
];
const SENTENCE_PIECE: Entries = {
  model: 'llama',
  tokens: pieces.map(([piece]) => piece),
  scores: Float32Array.from(pieces, ([, score]) => score),
  token_type: Int32Array.from(pieces, ([, , kind]) => kind),
  bos_token_id: 1,
  eos_token_id: 2,
  unknown_token_id: 0,
};

describe('a SentencePiece vocabulary in a GGUF file', () => {
  const tokenizer = tokenizerOf(SENTENCE_PIECE);
  const spelled = (text: string, of = tokenizer): string[] =>
    of.encode(text, { specialTokens: false }).map((id) => pieces[id][0]);

  it('joins the pair with the best score', () => {
    expect(spelled('the')).toEqual(['▁the']);
    expect(spelled('the the')).toEqual(['▁the', '▁the']);
    // "▁a" is better than "ab", which is why the first letter is not free any more.
    expect(spelled('ab')).toEqual(['▁a', 'b']);
    expect(spelled('babab')).toEqual(['▁', 'b', 'abab']);
    expect(spelled('bababab')).toEqual(['▁', 'b', 'abab', 'ab']);
  });

  it('begins with the beginning token unless a key says otherwise', () => {
    expect(tokenizer.encode('the')[0]).toBe(1);
    expect(tokenizerOf({ ...SENTENCE_PIECE, add_bos_token: false }).encode('the')[0]).not.toBe(1);
    expect(
      tokenizerOf({ ...SENTENCE_PIECE, add_eos_token: true })
        .encode('the')
        .at(-1),
    ).toBe(2);
  });

  it('writes what it has no piece for as bytes', () => {
    expect(spelled('é')).toEqual(['▁', '<0xC3>', '<0xA9>']);
    expect(tokenizer.decode(tokenizer.encode('é€😀'))).toBe('é€😀');
  });

  it('takes tokens of the user as a whole', () => {
    expect(spelled('a<tool>')).toEqual(['▁a', '<tool>']);
  });

  it('has a space in front of a text, or not', () => {
    const without = tokenizerOf({ ...SENTENCE_PIECE, add_space_prefix: false });
    expect(spelled('the', without)).toEqual(['t', 'he']);
    expect(without.decode(without.encode(' the'))).toBe(' the');
    expect(tokenizer.decode(tokenizer.encode(' the'))).toBe(' the');
  });

  it('decodes what it encoded', () => {
    const text = fc.array(fc.constantFrom('the', ' ', 'a', 'b', 'é', '😀'), { maxLength: 12 });
    fc.assert(
      fc.property(text, (parts) => {
        const value = parts.join('');
        expect(tokenizer.decode(tokenizer.encode(value))).toBe(value);
      }),
    );
  });

  it('is refused without a score for each token', async () => {
    const change = [undefined, Float32Array.of(1), ['1']];
    for (const scores of change) {
      await failure('BAD_MODEL', () => tokenizerFromGguf(metadataOf({ ...SENTENCE_PIECE, scores })));
    }
  });

  it('does not cut pieces of absurd length', () => {
    const tokens = ['a', 'b', 'ab'.repeat(200_000)];
    const start = performance.now();
    tokenizerFromGguf(metadataOf({ model: 'llama', tokens, scores: Float32Array.of(0, 0, 0) }));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
