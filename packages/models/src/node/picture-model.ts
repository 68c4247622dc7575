import { stat } from 'node:fs/promises';
import { WickError } from '@wick/core';
import { openDiffusionCheckpoint } from '../diffusion/checkpoint/open-checkpoint.js';
import { openPromptTokenizer } from '../diffusion/text/prompt-tokenizer.js';
import { openPictureFolder, type PictureModelFiles } from '../pictures/files.js';
import { fileFolder, fileSource } from './file.js';

/** Options of `openPictureModel`: paths of the host. */
export interface PicturePaths {
  /** Würstchen: the folder of the prior, where the model is that of the decoder. */
  readonly prior?: string | undefined;
  /** A checkpoint's tokenizer, which its file does not hold: `vocab.json` and `merges.txt`. */
  readonly tokenizer?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a picture model of the host: a folder in diffusers' layout, or a Stable Diffusion 1.x checkpoint in
 * one `.safetensors` file.
 *
 * @throws WickError `BAD_FILE` when there is no such path or a file is bad, `BAD_MODEL`, `INVALID_ARGUMENT`
 * for a path that is missing or has no use, `CANCELLED`
 */
export async function openPictureModel(path: string, paths: PicturePaths = {}): Promise<PictureModelFiles> {
  const { prior, tokenizer, signal } = paths;
  const found = await stat(path).catch((cause: unknown) => {
    throw new WickError('BAD_FILE', `there is no model at ${path}`, { label: path, cause });
  });
  if (found.isDirectory()) {
    if (tokenizer !== undefined) throw invalid(`${path} is a folder, which has a tokenizer of its own`, path);
    return openPictureFolder(fileFolder(path), {
      prior: prior === undefined ? undefined : fileFolder(prior),
      signal,
    });
  }
  if (prior !== undefined) throw invalid(`${path} is a checkpoint, which has no prior`, path);
  if (tokenizer === undefined) {
    throw invalid(`${path} is a checkpoint, which holds no tokenizer: it has to be given`, path);
  }
  const prompts = await openPromptTokenizer(fileFolder(tokenizer), signal);
  if (prompts === undefined) {
    throw new WickError(
      'BAD_MODEL',
      `${tokenizer} holds neither tokenizer.json nor vocab.json and merges.txt`,
      {
        label: tokenizer,
      },
    );
  }
  const files = await openDiffusionCheckpoint(await fileSource(path), { tokenizer: prompts, signal });
  return { kind: 'stable-diffusion', files };
}

function invalid(message: string, label: string): WickError {
  return new WickError('INVALID_ARGUMENT', message, { label });
}
