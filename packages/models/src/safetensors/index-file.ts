/**
 * Weights split over several safetensors files, with a `model.safetensors.index.json` that says which file
 * holds which tensor.
 */
import { WickError } from '@wick/core';
import { type ByteFolder, type ByteSource, isPlainFileName } from '../bytes/source.js';
import { findWeight, type WeightInfo, type Weights } from '../weights/weights.js';
import { JsonCursor } from './cursor.js';
import { openSafetensors, type SafetensorsFile } from './file.js';

/** The largest published models have an index of about a megabyte. */
const MAX_INDEX_BYTES = 64 * 1024 * 1024;
const MAX_NAME_BYTES = 65_536;
const MAX_FILES = 4096;

/**
 * Reads an index: the file of each tensor.
 *
 * @throws BAD_FILE when it is not JSON of this form, names a tensor twice, or names a file that is not
 * directly in the folder (with `/`, `\`, `..` or an absolute path).
 */
export async function readSafetensorsIndex(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { label, byteLength } = source;
  if (byteLength > MAX_INDEX_BYTES) {
    throw new WickError(
      'BAD_FILE',
      `${label}: the index has ${byteLength} bytes, above ${MAX_INDEX_BYTES}.`,
      {
        label,
      },
    );
  }
  const cursor = new JsonCursor(await source.read(0, byteLength, signal), 0, label);
  const files = new Map<string, string>();
  const seen = new Set<string>();
  cursor.object('index', MAX_NAME_BYTES, (key, at) => {
    if (seen.has(key)) throw cursor.error('appears twice', key, at);
    if (key === 'weight_map') {
      seen.add(key);
      parseWeightMap(cursor, files);
    } else {
      // `metadata` holds the sum of the sizes and whatever else a writer adds; the files know better.
      if (key === 'metadata') seen.add(key);
      cursor.skipValue(key);
    }
  });
  cursor.end('index');
  if (!seen.has('weight_map')) throw cursor.error('is missing', 'weight_map');
  return files;
}

function parseWeightMap(cursor: JsonCursor, files: Map<string, string>): void {
  const names = new Map<string, string>();
  cursor.object('weight_map', MAX_NAME_BYTES, (tensor, at) => {
    const field = `weight_map[${JSON.stringify(tensor)}]`;
    if (tensor === '__proto__') throw cursor.error('is not allowed as a name', field, at);
    if (files.has(tensor)) throw cursor.error('appears twice', field, at);
    const name = cursor.string(field, MAX_NAME_BYTES);
    if (!isPlainFileName(name)) {
      throw cursor.error(`is ${JSON.stringify(name)}, which is not a file beside the index`, field, at);
    }
    // Thousands of tensors share a few names: keep one string of each.
    const shared = names.get(name) ?? name;
    names.set(shared, shared);
    if (names.size > MAX_FILES) throw cursor.error(`names more than ${MAX_FILES} files`, 'weight_map', at);
    files.set(tensor, shared);
  });
}

/**
 * Opens the safetensors of a model folder: all the files that `indexName` names, or `singleName` where
 * there is no index. `stem` is the name before `.safetensors`: `model`, or `diffusion_pytorch_model`.
 *
 * @throws BAD_FILE when neither is there, when a file is bad, or when the index and the files disagree
 * about where a tensor is.
 */
export async function openSafetensorsFolder(
  folder: ByteFolder,
  stem = 'model',
  signal?: AbortSignal,
): Promise<Weights> {
  const indexName = `${stem}.safetensors.index.json`;
  if (!(await folder.has(indexName)))
    return openSafetensors(await folder.open(`${stem}.safetensors`), signal);

  const indexSource = await folder.open(indexName);
  const index = await readSafetensorsIndex(indexSource, signal).finally(() => indexSource.close());
  const files = new Map<string, SafetensorsFile>();
  const close = async (): Promise<void> => {
    await Promise.all(Array.from(files.values(), (file) => file.close()));
  };
  try {
    for (const name of new Set(index.values())) {
      files.set(name, await openSafetensors(await folder.open(name), signal));
    }
    const tensors = locate(index, files, indexName);
    const { label } = folder;
    return {
      label,
      tensors,
      read: async (name, readSignal) => findWeight({ label, tensors }, name).file.read(name, readSignal),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A tensor, and the file that it is in. */
interface Place extends WeightInfo {
  readonly file: SafetensorsFile;
}

/** Brings index and files together; both have to name the same tensors. */
function locate(
  index: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, SafetensorsFile>,
  label: string,
): Map<string, Place> {
  const refuse = (what: string): WickError => new WickError('BAD_FILE', `${label}: ${what}.`, { label });
  const places = new Map<string, Place>();
  for (const [name, file] of files) {
    for (const [tensor, info] of file.tensors) {
      if (index.get(tensor) !== name)
        throw refuse(`${name} holds ${tensor}, which weight_map does not put there`);
      places.set(tensor, { ...info, file });
    }
  }
  for (const [tensor, name] of index) {
    if (!places.has(tensor)) throw refuse(`weight_map puts ${tensor} into ${name}, which lacks it`);
  }
  return places;
}
