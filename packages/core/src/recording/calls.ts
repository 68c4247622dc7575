/** What users pass to record a dispatch. */

import type { KernelConstants } from '../kernels/contract.js';
import type { DType } from '../kernels/dtype.js';
import type { ParamSpec, ParamValues } from '../kernels/params.js';
import type { Buffer } from '../memory/buffer.js';

/** Memory for a binding: a buffer (taken as the first dtype of the contract) or a buffer with its dtype. */
export type Bindable = Buffer | { readonly buffer: Buffer; readonly dtype: DType };

/** One dispatch of a kernel. */
export interface DispatchCall<S extends ParamSpec = ParamSpec> {
  /** By the names of the contract; optional bindings may be left out. */
  readonly bindings: Readonly<Record<string, Bindable | undefined>>;
  /** Every field of the parameter struct; may be left out where it has none. */
  readonly params?: ParamValues<S>;
  /** Every constant of the contract; may be left out where it has none. */
  readonly constants?: KernelConstants;
  /** Independent outputs along x, y and z. Where one is 0 the dispatch does nothing. */
  readonly grid: readonly [number, number, number];
  /** Shown in traces, plans and errors. Default: the kernel's name. */
  readonly label?: string;
  /** Estimated multiply-adds, or elements; bounds a submission. Default: the product of `grid`. */
  readonly work?: number;
}
