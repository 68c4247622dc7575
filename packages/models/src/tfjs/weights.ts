/** The weights of a TensorFlow.js model: tensors that follow each other in the bytes of one or more files. */

import { WickError } from '@wick/core';
import type { ByteFolder, ByteSource } from '../bytes/source.js';
import { weightByteLength } from '../weights/type.js';
import { findWeight, type WeightInfo, type Weights } from '../weights/weights.js';
import type { TfjsWeightGroup } from './model-json.js';

/** A tensor, and where it lies in the files of its group. */
interface Place extends WeightInfo {
  readonly files: readonly Part[];
  /** From the start of the first file. */
  readonly offset: number;
}

/** A file of a group. */
interface Part {
  readonly source: ByteSource;
  /** Where its bytes begin in the group. */
  readonly start: number;
}

/**
 * Opens the files of a manifest.
 *
 * @throws WickError `BAD_FILE` when a file is missing, a name comes twice, or the tensors do not fill the
 * files exactly
 */
export async function openTfjsWeights(
  folder: ByteFolder,
  groups: readonly TfjsWeightGroup[],
): Promise<Weights> {
  const { label } = folder;
  const opened: ByteSource[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((source) => source.close()));
  };
  const tensors = new Map<string, Place>();
  try {
    for (const group of groups) {
      const files: Part[] = [];
      let length = 0;
      for (const path of group.paths) {
        const source = await folder.open(path);
        opened.push(source);
        files.push({ source, start: length });
        length += source.byteLength;
      }
      place(group, files, length, tensors);
    }
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return {
    label,
    tensors,
    read: async (name, signal) => readPlace(findWeight({ label, tensors }, name), signal),
    close,
  };
}

function place(
  { paths, weights }: TfjsWeightGroup,
  files: readonly Part[],
  length: number,
  tensors: Map<string, Place>,
): void {
  const [label] = paths;
  let offset = 0;
  for (const { name, shape } of weights) {
    const byteLength = weightByteLength('F32', shape);
    if (byteLength === undefined || offset + byteLength > length) {
      throw new WickError(
        'BAD_FILE',
        `${label}: ${name} [${shape}] leaves the ${length} bytes of its files`,
        {
          label: name,
        },
      );
    }
    if (tensors.has(name)) {
      throw new WickError('BAD_FILE', `${label}: two tensors are called ${name}`, { label: name });
    }
    tensors.set(name, { name, type: 'F32', shape, byteLength, files, offset });
    offset += byteLength;
  }
  if (offset !== length) {
    throw new WickError('BAD_FILE', `${label}: the tensors take ${offset} bytes, the files have ${length}`, {
      label,
    });
  }
}

/** A tensor may begin in one file and end in another. */
async function readPlace({ files, offset, byteLength }: Place, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteLength);
  for (const { source, start } of files) {
    const from = Math.max(offset, start);
    const to = Math.min(offset + byteLength, start + source.byteLength);
    if (from >= to) continue;
    bytes.set(await source.read(from - start, to - from, signal), from - offset);
  }
  return bytes;
}
