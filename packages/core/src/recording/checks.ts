/**
 * What a user can get wrong when a command is recorded. Each check throws one WickError with the label of
 * the command; a backend may rely on all of them.
 */

import type { BackendLimits } from '../backend.js';
import { WickError } from '../errors.js';
import type { BindingContract } from '../kernels/contract.js';
import { DTYPE_BYTES, type DType } from '../kernels/dtype.js';
import type { Buffer, BufferOwner } from '../memory/buffer.js';

export function checkOwner({ device, label }: Buffer, owner: BufferOwner): void {
  if (device === owner) return;
  throw new WickError('INVALID_ARGUMENT', `"${label}" belongs to another device`, { label });
}

/** @param label of the buffer */
export function checkByteLength(
  byteLength: number,
  { maxAllocationBytes }: BackendLimits,
  label: string,
): void {
  if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
    throw new WickError('INVALID_ARGUMENT', `"${label}" cannot have ${byteLength} bytes`, { label });
  }
  if (byteLength > maxAllocationBytes) {
    throw limit(`"${label}" has ${byteLength} bytes`, maxAllocationBytes, label);
  }
}

/** Passes on what a function gave that has to be synchronous. */
export function checkSynchronous<T>(result: T): T {
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new WickError(
      'INVALID_ARGUMENT',
      'a run, a scope or a compiled function is synchronous: await outside of it',
    );
  }
  return result;
}

export function checkBinding(
  buffer: Buffer,
  { bindingAlignment, maxBindingBytes }: BackendLimits,
  label: string,
): void {
  checkAlive(buffer, label);
  if (buffer.offset % bindingAlignment !== 0) {
    throw new WickError(
      'INVALID_ALIGNMENT',
      `"${label}" binds "${buffer.label}" at byte ${buffer.offset}, which is no multiple of ${bindingAlignment}`,
      { label },
    );
  }
  if (buffer.byteLength > maxBindingBytes) {
    throw limit(`"${label}" binds ${buffer.byteLength} bytes of "${buffer.label}"`, maxBindingBytes, label);
  }
}

export function checkTransfer(buffer: Buffer, { transferAlignment }: BackendLimits, label: string): void {
  checkAlive(buffer, label);
  const odd = [buffer.offset, buffer.byteLength].find((bytes) => bytes % transferAlignment !== 0);
  // The tail of a buffer may be odd: its memory is padded.
  const toTheEnd = buffer.offset + buffer.byteLength === buffer.storage.byteLength;
  if (odd !== undefined && !(toTheEnd && buffer.offset % transferAlignment === 0)) {
    throw new WickError(
      'INVALID_ALIGNMENT',
      `"${label}": offset ${buffer.offset} and length ${buffer.byteLength} of "${buffer.label}" must be multiples of ${transferAlignment}`,
      { label },
    );
  }
}

export function checkWritten(buffer: Buffer, label: string): void {
  const unwritten = buffer.storage.findUnwritten(buffer.offset, buffer.offset + buffer.byteLength);
  if (unwritten === undefined) return;
  throw new WickError(
    'UNWRITTEN',
    `"${label}" reads "${buffer.label}", of which bytes ${unwritten.start} to ${unwritten.end} were never written`,
    { label },
  );
}

/** A writable binding may share no byte with another binding of the dispatch. */
export function checkAlone(bound: readonly (Buffer | undefined)[], writable: number, label: string): void {
  const written = bound[writable];
  if (written === undefined) return;
  for (let i = 0; i < bound.length; i++) {
    const other = bound[i];
    if (i !== writable && other !== undefined && overlaps(written, other)) {
      throw overlapping(label, other, written);
    }
  }
}

/** Every name has to be that of a binding. */
export function checkNames(
  kernel: { readonly name: string; readonly bindings: readonly BindingContract[] },
  named: object,
  label: string,
): void {
  for (const name in named) {
    if (!kernel.bindings.some((contract) => contract.name === name)) {
      throw unknownBinding(kernel, name, label);
    }
  }
}

export function overlaps(a: Buffer, b: Buffer): boolean {
  // Written so that a range without bytes overlaps nothing.
  const end = Math.min(a.offset + a.byteLength, b.offset + b.byteLength);
  return a.storage === b.storage && Math.max(a.offset, b.offset) < end;
}

export function checkElements(
  { byteLength, label: name }: Buffer,
  dtype: DType | undefined,
  label: string,
): void {
  if (dtype === undefined || byteLength % DTYPE_BYTES[dtype] === 0) return;
  const what = `"${label}" binds ${byteLength} bytes of "${name}"`;
  throw new WickError('INVALID_ALIGNMENT', `${what}, no whole number of ${dtype}`, { label });
}

function checkAlive(buffer: Buffer, label: string): void {
  if (!buffer.freed) return;
  throw new WickError('BUFFER_FREED', `"${label}" uses "${buffer.label}", which is freed`, { label });
}

export function checkGrid(grid: readonly [number, number, number], label: string): void {
  if (grid.length === 3 && isCount(grid[0]) && isCount(grid[1]) && isCount(grid[2])) return;
  throw new WickError('INVALID_ARGUMENT', `the grid of "${label}" is [${grid}], not three 32-bit counts`, {
    label,
  });
}

function isCount(n: number): boolean {
  return Number.isInteger(n) && n >= 0 && n <= 0xffffffff;
}

/** The bytes of a typed array or a DataView, copied. Anything else, an ArrayBuffer too, would be taken for none. */
export function bytesOf(data: ArrayBufferView, label: string): Uint8Array {
  if (!ArrayBuffer.isView(data)) {
    throw new WickError('INVALID_ARGUMENT', `"${label}" needs a typed array or a DataView`, { label });
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

export function overlapping(label: string, read: Buffer, written: Buffer): WickError {
  return new WickError(
    'INVALID_ARGUMENT',
    `"${label}" writes bytes of "${written.label}" that it also uses as "${read.label}"`,
    { label },
  );
}

export function limit(what: string, most: number, label: string): WickError {
  return new WickError('LIMIT_EXCEEDED', `${what}; the limit is ${most}`, { label });
}

export function missingBinding(kernel: { readonly name: string }, name: string, label: string): WickError {
  return new WickError(
    'INVALID_ARGUMENT',
    `"${label}": kernel "${kernel.name}" needs a buffer at "${name}"`,
    {
      label,
    },
  );
}

function unknownBinding(kernel: { readonly name: string }, name: string, label: string): WickError {
  return new WickError('INVALID_ARGUMENT', `"${label}": kernel "${kernel.name}" has no binding "${name}"`, {
    label,
  });
}
