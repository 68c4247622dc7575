/** Named tensors in files, whatever the format: what a network is loaded from. */
import { WickError } from '@wick/core';
import { throwIfCancelled } from '../cancel.js';
import { type OnProgress, ProgressCounter } from '../progress.js';
import type { WeightType } from './type.js';

/** What a file says about one tensor. */
export interface WeightInfo {
  readonly name: string;
  readonly type: WeightType;
  /** Sizes in row-major order: the last one runs fastest. Empty for a scalar. */
  readonly shape: readonly number[];
  /** Bytes that the tensor takes in the file. */
  readonly byteLength: number;
}

/** An opened file, or several that belong together. */
export interface Weights {
  /** The name of the file or folder, for messages. */
  readonly label: string;
  /** All tensors by name. */
  readonly tensors: ReadonlyMap<string, WeightInfo>;
  /**
   * The bytes of one tensor, little-endian, as they are stored. They belong to the caller, who must not
   * write to them.
   *
   * @throws BAD_MODEL when there is no tensor of this name; what `ByteSource.read` throws.
   */
  read(name: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** Closes the files. */
  close(): Promise<void>;
}

/** One tensor with its bytes. */
export interface Weight extends WeightInfo {
  readonly bytes: Uint8Array;
}

/** Options of `readWeights`. */
export interface ReadWeightsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Receives `read` events, in bytes over all named tensors. */
  readonly onProgress?: OnProgress | undefined;
}

/** The entry of a tensor, or BAD_MODEL. */
export function findWeight<Info extends WeightInfo>(
  weights: { readonly label: string; readonly tensors: ReadonlyMap<string, Info> },
  name: string,
): Info {
  const info = weights.tensors.get(name);
  if (info === undefined) {
    throw new WickError('BAD_MODEL', `There is no tensor ${JSON.stringify(name)} in ${weights.label}.`, {
      label: name,
    });
  }
  return info;
}

/** Reads tensors one after the other, in the order of `names`, so that only one need be in memory. */
export async function* readWeights(
  weights: Weights,
  names: Iterable<string>,
  { signal, onProgress }: ReadWeightsOptions = {},
): AsyncGenerator<Weight, void, void> {
  const infos = Array.from(names, (name) => findWeight(weights, name));
  const total = infos.reduce((sum, info) => sum + info.byteLength, 0);
  const progress = new ProgressCounter('read', weights.label, total, onProgress);
  for (const info of infos) {
    throwIfCancelled(signal, `Reading ${weights.label}`);
    const bytes = await weights.read(info.name, signal);
    progress.add(info.byteLength);
    yield { ...info, bytes };
  }
}
