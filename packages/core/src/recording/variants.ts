/** Kernel variants: one pipeline request for each kernel, set of dtypes and constants, made once. */

import type { Backend, PipelineRequest } from '../backend.js';
import { WickError } from '../errors.js';
import type { KernelConstants, KernelContract } from '../kernels/contract.js';
import type { DType } from '../kernels/dtype.js';
import type { ParamSpec, ParamValues } from '../kernels/params.js';

export class Variants {
  readonly #requests = new Map<string, PipelineRequest>();
  readonly #kernelIds = new WeakMap<KernelContract, string>();
  #kernels = 0;

  constructor(private readonly backend: Backend) {}

  /** The request for a dispatch; the same object for the same variant. Checks dtypes and constants. */
  request(
    kernel: KernelContract,
    dtypes: readonly (DType | undefined)[],
    constants: KernelConstants,
    params: ParamValues<ParamSpec>,
    grid: readonly [number, number, number],
  ): PipelineRequest {
    const specialization = this.backend.specialize?.(kernel, constants, params, grid);
    let key = this.#idOf(kernel);
    for (const dtype of dtypes) key += dtype === undefined ? ',-' : `,${dtype}`;
    for (const name in kernel.constants) key += `;${constants[name]}`;
    if (specialization !== undefined) key += `@${specialization}`;
    let request = this.#requests.get(key);
    if (request === undefined) {
      checkVariant(kernel, dtypes, constants);
      request = { key, kernel, dtypes: [...dtypes], constants: { ...constants }, specialization };
      this.#requests.set(key, request);
    }
    return request;
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
  const unknown = Object.keys(constants).find((name) => !(name in kernel.constants));
  if (unknown !== undefined) {
    throw new WickError('INVALID_ARGUMENT', `kernel "${kernel.name}" has no constant named "${unknown}"`, {
      label: kernel.name,
    });
  }
}
