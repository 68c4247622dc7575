import { arch, cpus, loadavg, platform } from 'node:os';
import type { DispatchCost } from '../dispatch/measure.js';
import type { PlanVariant } from '../plans/compare.js';
import type { StepCost } from '../plans/step.js';

/** Where the figures come from: enough to judge them, nothing that names a machine. */
export interface Circumstances {
  readonly date: string;
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  /** Programs that wanted a core over the last minute, this one included; 0 where the system does not say. */
  readonly load: number;
  readonly quick: boolean;
}

export interface Results {
  readonly circumstances: Circumstances;
  readonly dispatches: readonly DispatchCost[];
  readonly plans: readonly PlanVariant[];
  readonly step: StepCost;
}

export function circumstances(quick: boolean): Circumstances {
  const processors = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    system: `${platform()} ${arch()}`,
    cpu: processors[0]?.model.trim() || 'unknown processor',
    cores: processors.length,
    load: loadavg()[0],
    quick,
  };
}
