/**
 * A backend that asks for more than it needs: transfers in passes of their own, no shared memory, wider
 * alignment, smaller limits. So one backend makes the core plan as it would for others. Only demands that
 * a backend without them can meet as well are possible.
 */

import type { Backend, BackendLimits, TransferKind } from '@wick/core';
import { BackendWrapper, type Wrap, wrapOpened } from './wrapper.js';

export interface Demands {
  /** Of these, the ones that the backend takes inside a compute pass; the rest gets transfer passes. */
  readonly transfersInComputePass?: readonly TransferKind[];
  /** What a dispatch reads and what it writes lie in different allocations. */
  readonly wholeAllocationBindings?: true;
  /** Reads become download steps. */
  readonly noHostMemory?: true;
  /** Limits no wider than these; alignments at least these. */
  readonly limits?: Partial<BackendLimits>;
}

const ALIGNMENTS: ReadonlySet<string> = new Set([
  'bindingAlignment',
  'transferAlignment',
  'paramsAlignment',
] satisfies (keyof BackendLimits)[]);

/** Wraps a backend into one with `demands`. */
export function demanding(demands: Demands): Wrap {
  return wrapOpened((backend) => new DemandingBackend(backend, demands));
}

class DemandingBackend extends BackendWrapper {
  override readonly limits: Backend['limits'];
  override readonly capabilities: Backend['capabilities'];

  constructor(inner: Backend, demands: Demands) {
    super(inner);
    const { transfersInComputePass: asked, wholeAllocationBindings, limits = {} } = demands;
    this.limits = { ...inner.limits, ...narrowed(inner.limits, limits) };
    const { capabilities } = inner;
    this.capabilities = {
      ...capabilities,
      wholeAllocationBindings: wholeAllocationBindings ?? capabilities.wholeAllocationBindings,
      transfersInComputePass: capabilities.transfersInComputePass.filter(
        (kind) => asked === undefined || asked.includes(kind),
      ),
    };
    if (demands.noHostMemory) delete this.hostMemory;
  }
}

function narrowed(own: BackendLimits, asked: Partial<BackendLimits>): Partial<BackendLimits> {
  const entries = Object.entries(asked).map(([name, value]) => {
    const given = own[name as keyof BackendLimits];
    return [name, ALIGNMENTS.has(name) ? Math.max(given, value) : Math.min(given, value)];
  });
  return Object.fromEntries(entries);
}
