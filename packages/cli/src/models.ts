/** The models that `wick run` and `wick plan` know by name, and how one is put onto a device. */

import { resolve } from 'node:path';
import type { Device } from '@wick/core';
import type { GeneratedToken, GenerateOptions, GenerationSummary, OnProgress, Tokenizer } from '@wick/models';
import type { ModelFlags } from './args/options.js';
import { UsageError } from './failure.js';
import type { Io } from './io.js';

/** A language model, as far as the commands use one. */
export interface TextModel extends Disposable {
  readonly contextLength: number;
  readonly parameterCount: number;
  readonly tokenizer: Pick<Tokenizer, 'encode'>;
  generate(prompt: string, options: GenerateOptions): AsyncGenerator<GeneratedToken, GenerationSummary, void>;
}

export interface LoadOptions {
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
}

/** A model that was asked for. */
export interface ChosenModel {
  readonly name: string;
  /** The folder or file, as it was given; undefined for the embedded model. */
  readonly path: string | undefined;
  readonly prompt: string;
  load(device: Device, options: LoadOptions): Promise<TextModel>;
}

/** Finds a model; tests put another function here. */
export type ChooseModel = (io: Io, name: string, flags: ModelFlags) => ChosenModel;

/** @throws UsageError for an unknown name, or a `--model` that is missing or does not belong there. */
export const chooseModel: ChooseModel = (io, name, { model }) => {
  switch (name) {
    case 'shakespeare':
      if (model !== undefined) throw new UsageError('shakespeare comes with Wick and takes no --model');
      return {
        name,
        path: undefined,
        prompt: 'ROMEO:\n',
        load: async (device, options) => {
          const { embeddedModelPath } = await import('@wick/models/node');
          return load(device, embeddedModelPath(name), options);
        },
      };
    case 'llama':
      if (model === undefined) throw new UsageError('llama needs --model with a folder or a GGUF file');
      return {
        name,
        path: model,
        prompt: 'Once upon a time',
        load: (device, options) => load(device, resolve(io.cwd, model), options),
      };
    default:
      throw new UsageError(`there is no model "${name}"; there are shakespeare, and llama with --model`);
  }
};

async function load(device: Device, path: string, { onProgress, signal }: LoadOptions): Promise<TextModel> {
  const [{ LanguageModel }, { openModel }] = await Promise.all([
    import('@wick/models'),
    import('@wick/models/node'),
  ]);
  return LanguageModel.load(device, await openModel(path, signal), { onProgress, signal });
}

/** The text to continue: given, from standard input, or one that suits the model. */
export async function promptOf(io: Io, { prompt }: ModelFlags, model: ChosenModel): Promise<string> {
  return prompt === '-' ? io.readInput() : (prompt ?? model.prompt);
}
