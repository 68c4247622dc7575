/** Weights in the shapes of a network: small random numbers, since none of the real ones are at hand. */

import { type ParameterInfo, type Weights, type WeightType, weightByteLength } from '@wick/models';
import { Random } from '../judge/random.js';

/** Every tensor is a piece of one block, so that a gigabyte of weights is made in no time. */
const BLOCK_BYTES = 64 * 2 ** 20;

/** float16 or float32 numbers between -1/16 and 1/16. */
export function randomWeights(parameters: readonly ParameterInfo[], type: 'F16' | 'F32'): Weights {
  const block = randomBlock(type);
  const tensors = new Map(
    parameters.map((info) => [
      info.name,
      { ...info, type: type as WeightType, byteLength: weightByteLength(type, info.shape) ?? 0 },
    ]),
  );
  return {
    label: 'random weights',
    tensors,
    read: async (name) => {
      const { byteLength = 0 } = tensors.get(name) ?? {};
      if (byteLength > block.byteLength) throw new Error(`${name} is longer than ${BLOCK_BYTES} bytes`);
      return block.subarray(0, byteLength);
    },
    close: async () => {},
  };
}

function randomBlock(type: 'F16' | 'F32'): Uint8Array {
  const random = new Random(1);
  // A short period, filled up by copies of it.
  const period = new Uint8Array(2 ** 20);
  const view = new DataView(period.buffer);
  if (type === 'F32') {
    for (let at = 0; at < period.length; at += 4) view.setFloat32(at, (random.next() - 0.5) / 8, true);
  } else {
    // Sign, an exponent from 2^-14 to 2^-5, any fraction.
    for (let at = 0; at < period.length; at += 2)
      view.setUint16(at, (random.below(2) << 15) | ((1 + random.below(10)) << 10) | random.below(1024), true);
  }
  const block = new Uint8Array(BLOCK_BYTES);
  for (let at = 0; at < BLOCK_BYTES; at += period.length) block.set(period, at);
  return block;
}
