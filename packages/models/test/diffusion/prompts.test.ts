import { describe, expect, it } from 'vitest';
import { encodePrompt } from '../../src/diffusion/text/prompt-tokenizer.js';
import { clipTokenizerFiles, createTokenizer, memoryFolder, openPromptTokenizer } from '../../src/index.js';
import { embeddedModelPath, fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';

/** A vocabulary in CLIP's form: letters, letters that end a word, what the merges make, the two special tokens. */
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz'!,0123456789Ã©"];
const MERGES = ['c a', 't h', 'ca t</w>', 'th e</w>', "' s</w>", 'Ã ©</w>'];
const TOKENS = [
  ...LETTERS,
  ...LETTERS.map((letter) => `${letter}</w>`),
  ...MERGES.map((pair) => pair.replace(' ', '')),
  '<|startoftext|>',
  '<|endoftext|>',
];
const VOCABULARY = Object.fromEntries(TOKENS.map((token, id) => [token, id]));
const merges = `#version: 0.2\n${MERGES.join('\n')}\n`;
const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

describe('the tokenizer of CLIP from vocab.json and merges.txt', () => {
  const tokenizer = createTokenizer(clipTokenizerFiles(VOCABULARY, merges));
  const tokens = (text: string) => tokenizer.encode(text).map((id) => TOKENS[id]);

  it('merges within words and marks their ends', () => {
    expect(tokens('The  CAT!')).toEqual(['<|startoftext|>', 'the</w>', 'cat</w>', '!</w>', '<|endoftext|>']);
    expect(tokens("cat's 10").slice(1, -1)).toEqual(['cat</w>', "'s</w>", '1</w>', '0</w>']);
    expect(tokens('é').slice(1, -1)).toEqual(['Ã©</w>']);
    expect(tokens('')).toEqual(['<|startoftext|>', '<|endoftext|>']);
  });

  it('refuses files of another form', async () => {
    await failure('BAD_FILE', () => clipTokenizerFiles({ a: -1 }, merges));
    await failure('BAD_FILE', () => clipTokenizerFiles({ a: 0 }, merges));
    const broken = await failure('BAD_FILE', () => clipTokenizerFiles(VOCABULARY, 'a b c\n'));
    expect(broken.message).toContain('"a b c"');
  });
});

describe('prompts', () => {
  const end = VOCABULARY['<|endoftext|>'];
  const encoder = { maxLength: 8, vocabularySize: TOKENS.length };

  it('are padded with the token that the folder names, and cut before the end', async () => {
    const folder = memoryFolder(
      new Map([
        ['tokenizer/vocab.json', bytes(VOCABULARY)],
        ['tokenizer/merges.txt', bytes(merges)],
        ['tokenizer/tokenizer_config.json', bytes({ model_max_length: 8, pad_token: '!</w>' })],
      ]),
    );
    const opened = await openPromptTokenizer(folder.folder('tokenizer'));
    const short = encodePrompt('cat', opened, encoder);
    expect(short.ids.map((id) => TOKENS[id])).toEqual([
      '<|startoftext|>',
      'cat</w>',
      '<|endoftext|>',
      ...new Array<string>(5).fill('!</w>'),
    ]);
    expect(short.dropped).toBeUndefined();
    const long = encodePrompt('cat cat cat cat cat cat the cat!', opened, encoder);
    expect(long.ids).toHaveLength(8);
    expect(long.ids.at(-1)).toBe(end);
    expect(long).toMatchObject({ tokens: 11, limit: 8, dropped: 'the cat !' });
    expect(encodePrompt('cat cat cat cat cat cat', opened, encoder).dropped).toBeUndefined();
  });

  it('are padded with the end of a text where nothing is named, as Stable Diffusion is', async () => {
    const map = { pad_token: { content: '<|endoftext|>', lstrip: false } };
    const files = new Map([
      ['vocab.json', bytes(VOCABULARY)],
      ['merges.txt', bytes(merges)],
    ]);
    expect((await openPromptTokenizer(memoryFolder(files)))?.padId).toBe(end);
    files.set('special_tokens_map.json', bytes(map));
    expect((await openPromptTokenizer(memoryFolder(files)))?.padId).toBe(end);
    files.set('special_tokens_map.json', bytes({ pad_token: '<pad>' }));
    await failure('BAD_FILE', () => openPromptTokenizer(memoryFolder(files)));
  });

  it('may be token ids, of the full length', async () => {
    const ids = new Array<number>(8).fill(1);
    expect(encodePrompt(ids, undefined, encoder).ids).toEqual(ids);
    await failure('INVALID_ARGUMENT', () => encodePrompt(ids.slice(1), undefined, encoder));
    await failure('INVALID_ARGUMENT', () => encodePrompt([...ids.slice(1), 1e6], undefined, encoder));
    await failure('INVALID_ARGUMENT', () => encodePrompt('cat', undefined, encoder));
  });

  it('need a folder with a tokenizer', async () => {
    expect(await openPromptTokenizer(memoryFolder(new Map()))).toBeUndefined();
    const shapes = fileFolder(embeddedModelPath('shapes')).folder('tokenizer');
    expect(await openPromptTokenizer(shapes)).toMatchObject({ padId: 0, maxLength: 20 });
  });
});
