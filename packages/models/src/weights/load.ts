/** Weights from files into device memory, in the type that they are stored in where kernels take it. */

import { type Device, QUANTIZED_FORMATS, type QuantizedFormat, WickError } from '@wick/core';
import { fromBytes, type QuantizedTensor, quantized, Tensor, tensor } from '@wick/tensor';
import type { OnProgress } from '../progress.js';
import { checkParameters, type ParameterInfo } from './check.js';
import { decodeFloat32 } from './decode.js';
import { readWeights, type Weight, type Weights } from './weights.js';

/** Options of `loadWeights`. */
export interface LoadWeightsOptions {
  /** Tensors that may be there although nothing needs them. */
  readonly redundant?: (name: string) => boolean;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The weights of a network on a device, by name. */
export class LoadedWeights implements Disposable {
  constructor(
    readonly tensors: ReadonlyMap<string, Tensor | QuantizedTensor<Tensor>>,
    /** Number of parameters. */
    readonly parameterCount: number,
  ) {}

  get(name: string): Tensor | QuantizedTensor<Tensor> {
    const found = this.tensors.get(name);
    if (found === undefined)
      throw new WickError('BAD_MODEL', `there is no parameter ${name}`, { label: name });
    return found;
  }

  /** A weight that must not be quantised: norms and biases. */
  plain(name: string): Tensor {
    const found = this.get(name);
    if (found instanceof Tensor) return found;
    throw new WickError('BAD_MODEL', `${name} is stored as ${found.format}, which its kernel does not take`, {
      label: name,
    });
  }

  [Symbol.dispose](): void {
    for (const weight of this.tensors.values()) weight[Symbol.dispose]();
  }
}

/**
 * Checks that `weights` are what `parameters` ask for, reads them one by one and uploads them. float32,
 * float16 (where the device has it) and the quantised formats stay as they are; other types become float32.
 *
 * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`; then nothing stays on the device
 */
export async function loadWeights(
  device: Device,
  weights: Weights,
  parameters: readonly ParameterInfo[],
  options: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const { redundant = () => false, onProgress, signal } = options;
  checkParameters(parameters, weights.tensors.values(), { redundant, label: weights.label });
  const loaded = new Map<string, Tensor | QuantizedTensor<Tensor>>();
  let parameterCount = 0;
  try {
    const names = parameters.map(({ name }) => name);
    for await (const weight of readWeights(weights, names, { onProgress, signal })) {
      loaded.set(weight.name, place(device, weight));
      parameterCount += weight.shape.reduce((product, size) => product * size, 1);
    }
    await device.idle();
  } catch (thrown) {
    for (const weight of loaded.values()) weight[Symbol.dispose]();
    throw thrown;
  }
  return new LoadedWeights(loaded, parameterCount);
}

function place(device: Device, weight: Weight): Tensor | QuantizedTensor<Tensor> {
  const { name, type, shape, bytes } = weight;
  if (type === 'F32') return fromBytes(device, bytes, shape, { dtype: 'float32', label: name }).keep();
  if (type === 'F16' && device.capabilities.float16) {
    return fromBytes(device, bytes, shape, { dtype: 'float16', label: name }).keep();
  }
  if (QUANTIZED_FORMATS.includes(type as QuantizedFormat) && shape.length === 2) {
    return quantized(device, type as QuantizedFormat, [shape[0], shape[1]], bytes, name).keep();
  }
  return tensor(device, decodeFloat32(type, bytes, name), shape, { label: name }).keep();
}
