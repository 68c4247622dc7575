import { stat } from 'node:fs/promises';
import { WickError } from '@wick/core';
import { type ModelFiles, openGgufModel, openModelFolder } from '../model-files.js';
import { fileFolder, fileSource } from './file.js';

/**
 * Opens a model of the host: a Hugging Face Llama folder, or a GGUF file.
 *
 * @throws WickError `BAD_FILE` when there is no such path or a file is bad, `BAD_MODEL`, `CANCELLED`
 */
export async function openModel(path: string, signal?: AbortSignal): Promise<ModelFiles> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new WickError('BAD_FILE', `there is no model at ${path}`, { label: path, cause });
  });
  if (found.isDirectory()) return openModelFolder(fileFolder(path), signal);
  return openGgufModel(await fileSource(path), signal);
}
