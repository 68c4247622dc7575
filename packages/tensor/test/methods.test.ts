import { expect, it } from 'vitest';
import * as t from '../src/index.js';

/** Functions whose first operand is not a tensor, or that are no operations. */
const NOT_METHODS = [
  ...[
    'arange',
    'broadcastShapes',
    'compile',
    'decodeHalf',
    'encodeHalf',
    'fromBytes',
    'full',
    'leaks',
    'linspace',
  ],
  ...[
    'ones',
    'quantized',
    'quantizedBytes',
    'randomBits',
    'randomNormal',
    'randomUniform',
    'ropeFrequencies',
  ],
  ...['sizeOf', 'tensor', 'zeros', 'concat', 'stack', 'dequantize', 'quantizedEmbedding', 'quantizedMatmul'],
];

it('every operation is a function and a method', () => {
  const functions = Object.entries(t).filter(
    ([name, value]) => typeof value === 'function' && !/^[A-Z]/.test(name),
  );
  const methods = functions.filter(
    ([name]) => typeof (t.Tensor.prototype as unknown as Record<string, unknown>)[name] === 'function',
  );
  const missing = functions.filter((entry) => !methods.includes(entry)).map(([name]) => name);
  expect(missing.sort()).toEqual([...NOT_METHODS].sort());
});
