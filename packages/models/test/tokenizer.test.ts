import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import { createTokenizer, type Tokenizer } from '../src/index.js';
import { failure } from './helpers/errors.js';
import {
  BEGIN_ID,
  BYTE_TOKENS,
  byteLevelTokenizer,
  characterTokenizer,
  END_ID,
  SPECIAL,
  spell,
  wordTokenizer,
} from './helpers/vocabulary.js';

const idOf = (text: string): number => BYTE_TOKENS.indexOf(spell(text));
const config = { bos_token: SPECIAL.begin, eos_token: { content: SPECIAL.end, special: true } };
const bytes = createTokenizer({ tokenizer: byteLevelTokenizer(), config });
const characters = createTokenizer({ tokenizer: characterTokenizer('abc 🙂\n') });
const words = createTokenizer({ tokenizer: wordTokenizer(['a', 'b', '<unk>'], '<unk>') });

describe('a byte-level tokenizer', () => {
  it('merges in order and puts special tokens around', () => {
    expect(bytes.encode('hello world')).toEqual([
      BEGIN_ID,
      idOf('hell'),
      idOf('o'),
      idOf(' w'),
      ...[...'orld'].map(idOf),
    ]);
    expect(bytes.encode('he', { specialTokens: false })).toEqual([idOf('he')]);
    expect(bytes.encode('', { specialTokens: false })).toEqual([]);
  });

  it('knows its tokens', () => {
    expect(bytes.vocabularySize).toBe(END_ID + 1);
    expect(bytes.bosId).toBe(BEGIN_ID);
    expect(bytes.eosIds).toEqual([END_ID]);
    expect(bytes.idOf(SPECIAL.end)).toBe(END_ID);
    expect(bytes.idOf('nothing')).toBeUndefined();
  });

  it('finds special tokens in a text, and leaves them out of decoded text unless asked', () => {
    const ids = bytes.encode(`he${SPECIAL.end}`);
    expect(ids).toEqual([BEGIN_ID, idOf('he'), END_ID]);
    expect(bytes.decode(ids)).toBe('he');
    expect(bytes.decode(ids, { specialTokens: true })).toBe(`${SPECIAL.begin}he${SPECIAL.end}`);
    expect(bytes.decode([])).toBe('');
    expect(bytes.decode([END_ID])).toBe('');
  });

  it('decodes what it encoded, space for space', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom(" a . b ! it 's , ?", '€😀 \n\t  x')), (value) => {
        expect(bytes.decode(bytes.encode(value))).toBe(value);
      }),
    );
  });

  it('refuses ids that it does not have', async () => {
    for (const id of [END_ID + 1, -1, 0.5, Number.NaN, 2 ** 53]) {
      await failure('INVALID_ARGUMENT', () => bytes.decode([id]));
      await failure('INVALID_ARGUMENT', () => bytes.stream().push(id));
    }
  });
});

describe('a character tokenizer', () => {
  it('has one token for each character', () => {
    expect(characters.encode('ab 🙂\n')).toEqual([0, 1, 3, 4, 5]);
    expect(characters.decode([0, 1, 3, 4, 5])).toBe('ab 🙂\n');
    expect(characters.vocabularySize).toBe(6);
    expect(characters.bosId).toBeUndefined();
    expect(characters.eosIds).toEqual([]);
  });

  it('keeps the space before a full stop', () => {
    const tokenizer = createTokenizer({ tokenizer: characterTokenizer('a .'), config: {} });
    expect(tokenizer.decode(tokenizer.encode('a . a'))).toBe('a . a');
    const tidy = { clean_up_tokenization_spaces: true };
    const asked = createTokenizer({ tokenizer: characterTokenizer('a .'), config: tidy });
    expect(asked.decode(asked.encode('a . a'))).toBe('a . a');
  });

  it('names characters that it does not have', async () => {
    const error = await failure('INVALID_ARGUMENT', () => characters.encode('abé€d'));
    expect(error.message).toMatch(/U\+00E9.*U\+20AC.*U\+0064/);
    await failure('INVALID_ARGUMENT', () => characters.encode('\uFFFF'));
  });

  it('leaves them out when asked', () => {
    expect(characters.encode('aéb', { unknown: 'skip' })).toEqual([0, 1]);
    expect(characters.encode('é', { unknown: 'skip' })).toEqual([]);
  });
});

describe('a word tokenizer', () => {
  it('has a token for what it does not know', () => {
    expect(words.encode('a zebra b')).toEqual([0, 2, 1]);
    expect(words.decode([0, 2, 1])).toBe('a <unk> b');
  });

  it('takes the token from the second file too, and fails without one', async () => {
    const tokenizer = wordTokenizer(['a', '?']);
    const second = createTokenizer({ tokenizer, config: { unk_token: '?' } });
    expect(second.encode('a zebra')).toEqual([0, 1]);
    await failure('INVALID_ARGUMENT', () => createTokenizer({ tokenizer }).encode('zebra'));
  });
});

/** Each way to write spaces and bytes: a tokenizer, and texts for it. */
const STREAMED: Record<string, Tokenizer> = {
  bytes,
  characters: createTokenizer({ tokenizer: characterTokenizer('ab €😀') }),
  'SentencePiece with bytes': createTokenizer({
    tokenizer: {
      added_tokens: [],
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Prepend', prepend: '▁' },
          { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
        ],
      },
      decoder: {
        type: 'Sequence',
        decoders: [
          { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
          { type: 'ByteFallback' },
          { type: 'Fuse' },
          { type: 'Strip', content: ' ', start: 1, stop: 0 },
        ],
      },
      model: {
        type: 'BPE',
        byte_fallback: true,
        vocab: Object.fromEntries(
          [
            ...Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`),
            '▁',
            'a',
            'b',
            '▁a',
          ].map((token, id) => [token, id]),
        ),
        merges: [['▁', 'a']],
      },
    },
  }),
};

describe('a token stream', () => {
  it('holds back what is not yet a character', () => {
    const ids = bytes.encode('a€😀b', { specialTokens: false });
    // The euro sign and the face are two tokens each here.
    expect(ids).toHaveLength(6);
    const stream = bytes.stream();
    expect(ids.map((id) => stream.push(id))).toEqual(['a', '', '€', '', '😀', 'b']);
    expect(stream.end()).toBe('');
  });

  it('gives out unfinished characters at the end, and begins anew', () => {
    const [euro] = bytes.encode('€', { specialTokens: false });
    const stream = bytes.stream();
    expect(stream.push(euro)).toBe('');
    expect(stream.end()).toBe('\uFFFD');
    expect(stream.end()).toBe('');
    expect(stream.push(idOf('he'))).toBe('he');
  });

  it('does not wait for a character that bytes cannot become', () => {
    const stream = bytes.stream();
    const lead = BYTE_TOKENS.indexOf('\u00ff');
    const out = Array.from({ length: 50 }, () => stream.push(lead)).join('') + stream.push(idOf('a'));
    expect(out).toBe(`${'\uFFFD'.repeat(50)}a`);
  });

  it('leaves special tokens out, or not', () => {
    const stream = bytes.stream();
    expect([BEGIN_ID, idOf('he'), END_ID].map((id) => stream.push(id))).toEqual(['', 'he', '']);
    const shown = bytes.stream({ specialTokens: true });
    expect([BEGIN_ID, idOf('he')].map((id) => shown.push(id))).toEqual([SPECIAL.begin, 'he']);
  });

  for (const [name, tokenizer] of Object.entries(STREAMED)) {
    it(`gives the text of all tokens, never half a character: ${name}`, () => {
      const text = fc
        .array(fc.constantFrom('a', 'b', ' ', '€', '😀'), { maxLength: 30 })
        .map((parts) => parts.join(''));
      fc.assert(
        fc.property(text, (value) => {
          const ids = tokenizer.encode(value, { specialTokens: false });
          const stream = tokenizer.stream();
          const pieces = ids.map((id) => stream.push(id));
          for (const piece of pieces) {
            expect(piece).not.toContain('\uFFFD');
            expect(piece).not.toMatch(/\p{Surrogate}/u);
          }
          expect(stream.end()).toBe('');
          expect(pieces.join('')).toBe(tokenizer.decode(ids));
        }),
        { numRuns: 300 },
      );
    });

    it(`gives the text of any tokens: ${name}`, () => {
      fc.assert(
        fc.property(fc.array(fc.nat(tokenizer.vocabularySize - 1), { maxLength: 20 }), (ids) => {
          const stream = tokenizer.stream();
          const pieces = ids.map((id) => stream.push(id));
          pieces.push(stream.end());
          expect(pieces.join('')).toBe(tokenizer.decode(ids));
        }),
        { numRuns: 500 },
      );
    });
  }

  it('takes as long for the thousandth token as for the first', () => {
    const decoded: number[] = [];
    const stream = bytes.stream();
    for (let i = 0; i < 5000; i++) decoded.push(stream.push(idOf('a')).length);
    expect(decoded.every((length) => length === 1)).toBe(true);
  });
});

describe('tokenizer files', () => {
  const good = byteLevelTokenizer();
  const bad: Record<string, unknown> = {
    nothing: undefined,
    'a list': [],
    'no model': { ...good, model: undefined },
    'no vocabulary': { ...good, model: { type: 'BPE', merges: [] } },
    'no merges': { ...good, model: { type: 'BPE', vocab: { a: 0 } } },
    'an unknown decoder': { ...good, decoder: { type: 'Rot13' } },
    'an unknown normalizer': { ...good, normalizer: { type: 'Rot13' } },
    'a decoder that is a text': { ...good, decoder: 'ByteLevel' },
    'a negative id': { ...good, model: { type: 'BPE', vocab: { a: -1 }, merges: [] } },
    'a fractional id': { ...good, model: { type: 'BPE', vocab: { a: 0.5 }, merges: [] } },
    'an id that is a text': { ...good, model: { type: 'BPE', vocab: { a: '0' }, merges: [] } },
    'an id of two thousand million': { ...good, model: { type: 'BPE', vocab: { a: 2e9 }, merges: [] } },
    'an added token with such an id': { ...good, added_tokens: [{ id: 2e9, content: 'x' }] },
    'added tokens that are no list': { ...good, added_tokens: {} },
  };
  for (const [name, tokenizer] of Object.entries(bad)) {
    it(`are refused: ${name}`, async () => {
      await failure('BAD_FILE', () => createTokenizer({ tokenizer }));
    });
  }

  it('are refused when the second file is bad', async () => {
    await failure('BAD_FILE', () => createTokenizer({ tokenizer: good, config: { eos_token: 2 } }));
    await failure('BAD_FILE', () => createTokenizer({ tokenizer: good, config: 'x' }));
  });

  it('may leave out what they do not use', () => {
    const tokenizer = createTokenizer({ tokenizer: { model: { type: 'BPE', vocab: { a: 0 }, merges: [] } } });
    expect(tokenizer.encode('aa')).toEqual([0, 0]);
  });
});

describeShared('the tokenizers of the models', () => {
  const load = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(requireShared(path), 'utf8'));

  it('shakespeare-char: has one token for each character', async () => {
    const folder = 'models/shakespeare-char';
    const tokenizer = createTokenizer({ tokenizer: await load(`${folder}/tokenizer.json`) });
    expect(tokenizer.vocabularySize).toBe(65);
    expect(tokenizer.encode('ROMEO:\n')).toEqual([30, 27, 25, 17, 27, 10, 0]);
    const reference = await load(`${folder}/reference.json`);
    const text = (reference as { greedy_200: string }).greedy_200;
    const ids = tokenizer.encode(text);
    expect(ids).toHaveLength(text.length);
    expect(tokenizer.decode(ids)).toBe(text);
    await failure('INVALID_ARGUMENT', () => tokenizer.encode('é'));
  });

  it('shapes-diffusion: encodes the prompts of the reference', async () => {
    const folder = 'models/shapes-diffusion';
    const tokenizer = createTokenizer({
      tokenizer: await load(`${folder}/tokenizer/tokenizer.json`),
      config: await load(`${folder}/tokenizer/tokenizer_config.json`),
    });
    const reference = (await load(`${folder}/reference.json`)) as {
      prompts: { prompt: string }[];
      input_ids: number[][];
    };
    const pad = tokenizer.idOf('<pad>') ?? -1;
    for (const [i, { prompt }] of reference.prompts.entries()) {
      const ids = tokenizer.encode(prompt);
      expect([...ids, ...new Array<number>(20 - ids.length).fill(pad)]).toEqual(reference.input_ids[i]);
    }
    expect(tokenizer.encode('zebra')).toEqual([
      tokenizer.bosId,
      tokenizer.idOf('<unk>'),
      ...tokenizer.eosIds,
    ]);
    expect(tokenizer.decode(tokenizer.encode('A small RED circle'))).toBe('a small red circle');
  });
});
