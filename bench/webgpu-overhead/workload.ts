/** The measured work: a chain of small dispatches, so that the GPU has little to do and the host shows. */

import { type Buffer, type Device, kernels } from '@wick/core';

export const DISPATCHES = 2000;
const ELEMENTS = 256;
const WEIGHTS = 8;
/** Bytes of what flows through the chain, float32. */
export const BYTES = 4 * ELEMENTS;

export function createWeights(device: Device): Buffer[] {
  return Array.from({ length: WEIGHTS }, (_, i) => {
    const weight = device.createBuffer({ byteLength: BYTES, label: `weight ${i}` });
    device.fill(weight, 0);
    return weight;
  });
}

/** Records sums and products in turn, each of what came before with a weight; returns the last. */
export function recordChain(device: Device, weights: readonly Buffer[], x: Buffer): Buffer {
  let state = x;
  for (let i = 0; i < DISPATCHES; i++) {
    const out = device.createBuffer({ byteLength: BYTES, label: 'state' });
    device.dispatch(kernels.binary, {
      bindings: { a: state, b: weights[i % WEIGHTS], out },
      params: { size: ELEMENTS, shape: [ELEMENTS], aStrides: [1], bStrides: [1] },
      constants: { op: i % 2 === 0 ? 'add' : 'mul', layout: 'contiguous' },
      grid: [ELEMENTS, 1, 1],
    });
    state = out;
  }
  return state;
}
