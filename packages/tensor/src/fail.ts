/** Errors of operations: the name of the operation first, then what was given and what would fit. */

import { WickError } from '@wick/core';

/** Shapes or dtypes do not fit the operation. */
export function shapeError(op: string, message: string): WickError {
  return new WickError('SHAPE_MISMATCH', `${op}: ${message}`, { label: op });
}

/** A value is not one that the operation accepts. */
export function argumentError(op: string, message: string): WickError {
  return new WickError('INVALID_ARGUMENT', `${op}: ${message}`, { label: op });
}
