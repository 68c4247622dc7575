/** Choosing elements, converting them, and gated activations. */

import { DTYPES, type DType, type Gate, kernels } from '@wick/core';
import type { TensorBase } from '../base.js';
import { fitsDType } from '../encode.js';
import { argumentError, shapeError } from '../fail.js';
import { broadcastShapes, broadcastStrides, collapse } from '../shape/broadcast.js';
import { formatShape, rightAligned, sameShape, sizeOf } from '../shape/shape.js';
import { checkDType, checkOperands, checkSameDType, FLOATS } from './check.js';

/** A number as a tensor without axes. */
function lift<T extends TensorBase>(near: T, value: T | number, dtype: DType): T {
  if (typeof value !== 'number') return value;
  if (!fitsDType(value, dtype)) throw argumentError('where', `the number ${value} is no ${dtype}`);
  return near.constant([value], [], dtype, 'where');
}

/**
 * a where the condition holds, else b; all three broadcast. The condition is bool or uint8. a and b
 * have one dtype, which a number takes on; two numbers are float32.
 */
export function where<T extends TensorBase>(condition: T, a: T | number, b: T | number): T {
  const op = 'where';
  const tensors = [a, b].filter((value) => typeof value !== 'number');
  checkOperands(op, condition, ...tensors);
  checkDType(op, 'condition', condition, ['bool', 'uint8']);
  if (typeof a !== 'number' && typeof b !== 'number') checkSameDType(op, a, b);
  const dtype = tensors[0]?.dtype ?? 'float32';
  const shape = broadcastShapes(op, [condition.shape, ...tensors.map((value) => value.shape)]);
  const left = lift(condition, a, dtype);
  const right = lift(condition, b, dtype);
  const out = condition.create(shape, dtype, op);
  const nest = collapse(
    shape,
    [condition, left, right].map((operand) => broadcastStrides(operand.shape, shape)),
  );
  const [conditionStrides, aStrides, bStrides] = nest.strides;
  const size = sizeOf(shape);
  out.launch(kernels.select, {
    bindings: { condition, a: left, b: right, out },
    params: {
      size,
      shape: rightAligned(nest.shape, 1),
      conditionStrides: rightAligned(conditionStrides, 0),
      aStrides: rightAligned(aStrides, 0),
      bStrides: rightAligned(bStrides, 0),
    },
    grid: [size, 1, 1],
    label: op,
  });
  if (typeof a === 'number') left.dispose();
  if (typeof b === 'number') right.dispose();
  return out;
}

/**
 * Converts to another dtype: floats are cut towards zero and saturate on the way to integers (NaN gives
 * 0), float32 rounds to the nearest float16 (too large gives an infinity), bool is x != 0. The same
 * dtype gives a tensor that shares the memory.
 */
export function cast<T extends TensorBase>(x: T, dtype: DType): T {
  const op = 'cast';
  checkOperands(op, x);
  if (!DTYPES.includes(dtype)) throw argumentError(op, `"${dtype}" is no dtype`);
  if (x.dtype === dtype) return x.alias(x.shape);
  const out = x.create(x.shape, dtype, op);
  out.launch(kernels.cast, {
    bindings: { x, out },
    params: { size: x.size },
    grid: [x.size, 1, 1],
    label: `cast ${x.dtype} to ${dtype}`,
  });
  return out;
}

/** up * activation(gate), elementwise over equal shapes and float dtypes. */
export function gated<T extends TensorBase>(gate: T, up: T, activation: Gate): T {
  const op = `gated ${activation}`;
  checkOperands(op, gate, up);
  checkDType(op, 'gate', gate, FLOATS);
  checkSameDType(op, gate, up);
  if (!sameShape(gate.shape, up.shape)) {
    throw shapeError(op, `gate is ${formatShape(gate.shape)} and up is ${formatShape(up.shape)}`);
  }
  const width = gate.shape.at(-1) ?? 1;
  const rows = width === 0 ? 0 : gate.size / width;
  const out = gate.create(gate.shape, gate.dtype, op);
  out.launch(kernels.gated, {
    bindings: { gate, up, out },
    params: { rows, width, gateRow: width, gateOffset: 0, upRow: width, upOffset: 0 },
    constants: { activation },
    grid: [width, rows, 1],
    label: op,
  });
  return out;
}

/** up * silu(gate): the feed-forward gate of Llama (Shazeer 2020). */
export const swiglu = <T extends TensorBase>(gate: T, up: T): T => gated(gate, up, 'silu');

/**
 * The first half of the last axis times the activation of the second half; `[..., 2c]` becomes
 * `[..., c]`. Floats. GEGLU of Shazeer 2020 as diffusers has it.
 */
export function geglu<T extends TensorBase>(x: T, activation: Gate = 'gelu_erf'): T {
  const op = 'geglu';
  checkOperands(op, x);
  checkDType(op, 'x', x, FLOATS);
  const whole = x.shape.at(-1) ?? 1;
  if (x.rank === 0 || whole % 2 !== 0) {
    throw shapeError(op, `x is ${formatShape(x.shape)}, but its last axis must have an even size`);
  }
  const width = whole / 2;
  const shape = [...x.shape.slice(0, -1), width];
  const rows = sizeOf(x.shape.slice(0, -1));
  const out = x.create(shape, x.dtype, op);
  out.launch(kernels.gated, {
    bindings: { gate: x, up: x, out },
    params: { rows, width, gateRow: whole, gateOffset: width, upRow: whole, upOffset: 0 },
    constants: { activation },
    grid: [width, rows, 1],
    label: op,
  });
  return out;
}
