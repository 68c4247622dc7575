/**
 * The tokenizer of CLIP in its first form: `vocab.json` and `merges.txt`, as the published Stable Diffusion 1.x
 * folders hold it. The rules around them are those that the class applies (Radford et al. 2021).
 */

import { WickError } from '@wick/core';
import * as v from 'valibot';
import { parseAs } from '../../schema.js';
import type { TokenizerFiles } from '../../tokenizer/files.js';

const START = '<|startoftext|>';
const END = '<|endoftext|>';

/** Words, numbers digit by digit, English endings, and runs of anything else. */
const PATTERN =
  "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

const vocabularySchema = v.record(v.string(), v.pipe(v.number(), v.safeInteger(), v.minValue(0)));

/**
 * What `tokenizer.json` would say.
 *
 * @param vocabulary the parsed `vocab.json`: ids by token
 * @param merges the text of `merges.txt`: pairs in the order in which they are joined
 * @throws WickError `BAD_FILE` for a file of another form
 */
export function clipTokenizerFiles(vocabulary: unknown, merges: string): TokenizerFiles {
  const vocab = parseAs(vocabularySchema, vocabulary, 'vocab.json', 'BAD_FILE');
  const special = [START, END].map((content) => {
    const id = vocab[content];
    if (id !== undefined) return { id, content, special: true, normalized: true };
    throw new WickError('BAD_FILE', `vocab.json: the token ${content} is missing.`, { label: 'vocab.json' });
  });
  const [start, end] = special;
  const pairs = merges
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#version'));
  const broken = pairs.find((line) => line.split(' ').length !== 2);
  if (broken !== undefined) {
    throw new WickError('BAD_FILE', `merges.txt: ${JSON.stringify(broken)} is no pair of tokens.`, {
      label: 'merges.txt',
    });
  }
  return {
    tokenizer: {
      version: '1.0',
      added_tokens: special,
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'NFC' },
          { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
          { type: 'Lowercase' },
        ],
      },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: PATTERN }, behavior: 'Removed', invert: true },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
        ],
      },
      post_processor: {
        type: 'RobertaProcessing',
        sep: [END, end.id],
        cls: [START, start.id],
        trim_offsets: false,
        add_prefix_space: false,
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: END,
        continuing_subword_prefix: '',
        end_of_word_suffix: '</w>',
        fuse_unk: false,
        vocab,
        merges: pairs,
      },
    },
    config: { bos_token: START, eos_token: END, unk_token: END },
  };
}
