/** The parts of a model in diffusers' layout: a folder each, with a configuration and weights. */

import { WickError } from '@wick/core';
import { readJson } from '../bytes/json.js';
import type { ByteFolder } from '../bytes/source.js';
import { openSafetensorsFolder } from '../safetensors/index-file.js';
import type { Weights } from '../weights/weights.js';
import { relabelled } from './map-weights.js';

/** Names of the files of weights, as transformers and as diffusers write them. */
export const MODEL_STEM = 'model';
export const DIFFUSERS_STEM = 'diffusion_pytorch_model';

/**
 * A parsed JSON file of a part, or of the folder itself for ''.
 *
 * @param kind what the folder is expected to be, for the message
 * @throws WickError `BAD_MODEL` when it is not there, `BAD_FILE`, `CANCELLED`
 */
export async function readPart(
  folder: ByteFolder,
  kind: string,
  part: string,
  name = 'config.json',
  signal?: AbortSignal,
): Promise<unknown> {
  const { label } = folder;
  const inside = part === '' ? folder : folder.folder(part);
  if (!(await inside.has(name))) {
    const path = part === '' ? name : `${part}/${name}`;
    throw new WickError('BAD_MODEL', `${label} is no ${kind}: it has no ${path}`, { label });
  }
  const source = await inside.open(name);
  return readJson(source, signal).finally(() => source.close());
}

/**
 * Opens the safetensors of parts, each by the stem of its files; of the variant `fp16` where there is no
 * other. All are closed again when one cannot be opened.
 *
 * @throws WickError `BAD_FILE`, `CANCELLED`
 */
export async function openParts<Part extends string>(
  folder: ByteFolder,
  stems: Readonly<Record<Part, readonly [part: string, stem: string]>>,
  signal?: AbortSignal,
): Promise<Readonly<Record<Part, Weights>>> {
  const opened: [string, Weights][] = [];
  try {
    for (const [name, [part, stem]] of Object.entries<readonly [string, string]>(stems)) {
      const inside = folder.folder(part);
      const found = (await hasWeights(inside, stem)) || !(await hasWeights(inside, `${stem}.fp16`));
      const weights = await openSafetensorsFolder(inside, found ? stem : `${stem}.fp16`, signal);
      // The files of two parts have the same name; messages and progress tell them apart by the folder.
      opened.push([name, relabelled(weights, `${part}/${weights.label}`)]);
    }
  } catch (thrown) {
    await Promise.all(opened.map(([, weights]) => weights.close()));
    throw thrown;
  }
  return Object.fromEntries(opened) as Record<Part, Weights>;
}

async function hasWeights(folder: ByteFolder, stem: string): Promise<boolean> {
  return (await folder.has(`${stem}.safetensors`)) || (await folder.has(`${stem}.safetensors.index.json`));
}
