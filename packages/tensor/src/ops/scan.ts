/** Functions along one axis that keep the shape. */

import { kernels } from '@wick/core';
import type { TensorBase } from '../base.js';
import { aroundAxis, normalizeAxis } from '../shape/shape.js';
import { checkDType, checkOperands, FLOATS, NUMBERS } from './check.js';

/** Running sum along `axis`. Floats, int32, uint32. */
export function cumsum<T extends TensorBase>(x: T, axis: number): T {
  const op = 'cumsum';
  checkOperands(op, x);
  checkDType(op, 'x', x, NUMBERS);
  const { outer, count, inner } = aroundAxis(x.shape, normalizeAxis(op, axis, x.rank));
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.cumsum, {
    bindings: { x, out },
    params: { outer, count, inner },
    grid: [inner, outer, 1],
    label: op,
    work: x.size,
  });
  return out;
}

function normalized<T extends TensorBase>(op: string, x: T, axis: number, logarithm: boolean): T {
  checkOperands(op, x);
  checkDType(op, 'x', x, FLOATS);
  const { outer, count, inner } = aroundAxis(x.shape, normalizeAxis(op, axis, x.rank));
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.softmax, {
    bindings: { x, out },
    params: { outer, count, inner },
    constants: { log: logarithm },
    grid: [inner, outer, 1],
    label: op,
    work: x.size,
  });
  return out;
}

/** exp(x - max) / sum of it along `axis`; a line of only -Infinity gives NaN. Floats. */
export const softmax = <T extends TensorBase>(x: T, axis = -1): T => normalized('softmax', x, axis, false);

/** The logarithm of {@link softmax}, without its loss of small values. Floats. */
export const logSoftmax = <T extends TensorBase>(x: T, axis = -1): T =>
  normalized('log_softmax', x, axis, true);
