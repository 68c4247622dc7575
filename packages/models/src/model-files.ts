/** The files of a language model, opened: a Hugging Face folder or a GGUF file. */

import { WickError } from '@wick/core';
import { readJson } from './bytes/json.js';
import type { ByteFolder, ByteSource } from './bytes/source.js';
import { openGguf } from './gguf/file.js';
import { llamaConfigFromGguf, llamaWeightsFromGguf, ROPE_FACTORS } from './gguf/llama.js';
import { tokenizerFromGguf } from './gguf/tokenizer.js';
import type { LlamaConfig } from './llama/config.js';
import { parseLlamaConfig } from './llama/hugging-face.js';
import { openSafetensorsFolder } from './safetensors/index-file.js';
import { createTokenizer, type Tokenizer } from './tokenizer/tokenizer.js';
import { decodeFloat32 } from './weights/decode.js';
import { findWeight, type Weights } from './weights/weights.js';

/** Everything that `LanguageModel.load` needs; whoever does not load it closes `weights`. */
export interface ModelFiles {
  /** Where it comes from, for messages. */
  readonly label: string;
  readonly config: LlamaConfig;
  readonly weights: Weights;
  readonly tokenizer: Tokenizer;
  /** Divisors of the rotary frequencies, where the file holds them. */
  readonly ropeFactors: Float32Array | undefined;
}

/**
 * Opens a Hugging Face Llama folder: `config.json`, `tokenizer.json`, safetensors in one file or several,
 * and, if they are there, `generation_config.json` and `tokenizer_config.json`.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL`, `CANCELLED`
 */
export async function openModelFolder(folder: ByteFolder, signal?: AbortSignal): Promise<ModelFiles> {
  const config = parseLlamaConfig(
    await required(folder, 'config.json', signal),
    await optional(folder, 'generation_config.json', signal),
  );
  const tokenizer = createTokenizer({
    tokenizer: await required(folder, 'tokenizer.json', signal),
    config: await optional(folder, 'tokenizer_config.json', signal),
  });
  const weights = await openSafetensorsFolder(folder, 'model', signal);
  return { label: folder.label, config, weights, tokenizer, ropeFactors: undefined };
}

/**
 * Opens a GGUF file of a Llama; it holds the tokenizer too.
 *
 * @throws WickError `BAD_FILE`, `BAD_MODEL`, `CANCELLED`
 */
export async function openGgufModel(source: ByteSource, signal?: AbortSignal): Promise<ModelFiles> {
  const file = await openGguf(source, signal);
  try {
    const config = llamaConfigFromGguf(file);
    const tokenizer = createTokenizer(tokenizerFromGguf(file.metadata));
    let ropeFactors: Float32Array | undefined;
    if (config.ropeScaling.type === 'factors') {
      const { type } = findWeight(file, ROPE_FACTORS);
      ropeFactors = decodeFloat32(type, await file.read(ROPE_FACTORS, signal), ROPE_FACTORS);
    }
    return { label: file.label, config, weights: llamaWeightsFromGguf(file), tokenizer, ropeFactors };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function required(folder: ByteFolder, name: string, signal?: AbortSignal): Promise<unknown> {
  if (await folder.has(name)) return optional(folder, name, signal);
  throw new WickError('BAD_MODEL', `${folder.label} is no model folder: it has no ${name}`, {
    label: folder.label,
  });
}

async function optional(folder: ByteFolder, name: string, signal?: AbortSignal): Promise<unknown> {
  if (!(await folder.has(name))) return undefined;
  const source = await folder.open(name);
  return readJson(source, signal).finally(() => source.close());
}
