/** Weights for networks whose results do not matter. */

import { type ParameterInfo, type Weights, type WeightType, weightByteLength } from '../../src/index.js';

/** Zeros in the shapes of parameters. */
export function zeroWeights(parameters: readonly ParameterInfo[], type: WeightType = 'F16'): Weights {
  const bytesOf = ({ shape }: ParameterInfo): number => weightByteLength(type, shape) ?? 0;
  const tensors = new Map(
    parameters.map((info) => [info.name, { ...info, type, byteLength: bytesOf(info) }] as const),
  );
  return {
    label: 'zeros',
    tensors,
    read: async (name) => new Uint8Array(tensors.get(name)?.byteLength ?? 0),
    close: async () => {},
  };
}
