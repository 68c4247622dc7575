/** Kernel variants: one pipeline request for each kernel, set of dtypes and constants, made once. */

import type { Backend, PipelineRequest } from '../backend.js';
import { WickError } from '../errors.js';
import type { KernelConstants, KernelContract } from '../kernels/contract.js';
import type { DType } from '../kernels/dtype.js';
import type { ParamSpec, ParamValues } from '../kernels/params.js';

/** A kernel with its dtypes and constants: one object for all dispatches that are alike in these. */
export interface Variant {
  readonly request: PipelineRequest;
  /** The use at each binding; -1 at an optional binding that is left out. */
  readonly bindings: readonly number[];
}

/** What is known behind a run of values; one lookup for each is cheaper than to build a key of them. */
class Branch {
  variant: Variant | undefined;
  /** Whether what leads here was checked. */
  checked = false;
  readonly #next = new Map<unknown, Branch>();

  to(value: unknown): Branch {
    let next = this.#next.get(value);
    if (next === undefined) {
      next = new Branch();
      this.#next.set(value, next);
    }
    return next;
  }
}

export class Variants {
  readonly #root = new Branch();
  readonly #kernelIds = new WeakMap<KernelContract, string>();
  #kernels = 0;

  constructor(private readonly backend: Backend) {}

  /** The variant that a dispatch asks for. Checks dtypes and constants. */
  find(
    kernel: KernelContract,
    dtypes: readonly (DType | undefined)[],
    constants: KernelConstants,
    params: ParamValues<ParamSpec>,
    grid: readonly [number, number, number],
  ): Variant {
    let branch = this.#root.to(kernel);
    for (const dtype of dtypes) branch = branch.to(dtype);
    for (const name in kernel.constants) branch = branch.to(constants[name]);
    for (const name in constants) {
      if (!Object.hasOwn(kernel.constants, name)) throw unknownConstant(kernel, name);
    }
    if (!branch.checked) {
      checkVariant(kernel, dtypes, constants);
      branch.checked = true;
    }
    const specialization = this.backend.specialize?.(kernel, constants, params, grid);
    branch = branch.to(specialization);
    branch.variant ??= {
      request: this.#make(kernel, dtypes, constants, specialization),
      bindings: withGaps(dtypes),
    };
    return branch.variant;
  }

  #make(
    kernel: KernelContract,
    dtypes: readonly (DType | undefined)[],
    constants: KernelConstants,
    specialization: string | undefined,
  ): PipelineRequest {
    let key = this.#idOf(kernel);
    for (const dtype of dtypes) key += `,${dtype ?? '-'}`;
    for (const name in kernel.constants) key += `;${JSON.stringify(constants[name])}`;
    if (specialization !== undefined) key += `@${specialization}`;
    return { key, kernel, dtypes: [...dtypes], constants: { ...constants }, specialization };
  }

  /** Kernels are told apart by identity: two users' kernels may carry one name. */
  #idOf(kernel: KernelContract): string {
    let id = this.#kernelIds.get(kernel);
    if (id === undefined) {
      id = `${kernel.name}#${this.#kernels++}`;
      this.#kernelIds.set(kernel, id);
    }
    return id;
  }
}

/** 0, 1, 2, ... for what is bound, -1 for what is not. */
function withGaps(dtypes: readonly (DType | undefined)[]): readonly number[] {
  let next = 0;
  return Object.freeze(dtypes.map((dtype) => (dtype === undefined ? -1 : next++)));
}

function checkVariant(
  kernel: KernelContract,
  dtypes: readonly (DType | undefined)[],
  constants: KernelConstants,
): void {
  kernel.bindings.forEach((binding, i) => {
    const dtype = dtypes[i];
    if (dtype !== undefined && !binding.dtypes.includes(dtype)) {
      throw new WickError(
        'INVALID_ARGUMENT',
        `kernel "${kernel.name}" takes ${binding.dtypes.join(', ')} at "${binding.name}", not ${dtype}`,
        { label: kernel.name },
      );
    }
  });
  for (const [name, allowed] of Object.entries(kernel.constants)) {
    const value = constants[name];
    if (value === undefined || (allowed !== 'any' && !allowed.includes(value))) {
      throw new WickError('INVALID_ARGUMENT', `kernel "${kernel.name}" has no constant ${name} = ${value}`, {
        label: kernel.name,
      });
    }
  }
}

function unknownConstant({ name }: KernelContract, constant: string): WickError {
  return new WickError('INVALID_ARGUMENT', `kernel "${name}" has no constant named "${constant}"`, {
    label: name,
  });
}
