/** Every kernel of the catalogue for every dtype it takes. */

import { MODES } from '../cases/modes.js';
import type { ConformanceCase } from '../suite/case.js';
import { elementwiseSpecs } from './elementwise.js';
import { kernelCase } from './kernel-case.js';
import { layoutSpecs } from './layout.js';
import { networkSpecs } from './networks.js';
import { productSpecs } from './products.js';
import { reduceSpecs } from './reduce.js';
import type { KernelSpec } from './spec.js';
import { windowSpecs } from './windows.js';

export function kernelSpecs(): KernelSpec[] {
  return [
    ...elementwiseSpecs(),
    ...reduceSpecs(),
    ...productSpecs(),
    ...windowSpecs(),
    ...layoutSpecs(),
    ...networkSpecs(),
  ];
}

/** A few of them again in every mode of the planner: one of each kernel whose memory is used in its own way. */
const AGAIN: ReadonlySet<string> = new Set([
  'matmul',
  'attention',
  'write_rows',
  'group_norm',
  'strided_copy',
]);

export function kernelCases(): ConformanceCase[] {
  const specs = kernelSpecs();
  const seen = new Set<string>();
  const again = specs.filter(({ kernel: { name } }) => {
    const isFirst = AGAIN.has(name) && !seen.has(name);
    seen.add(name);
    return isFirst;
  });
  const inModes = MODES.slice(1).flatMap(({ name, stack }) =>
    again.map((given) =>
      kernelCase({ ...given, title: `${given.title}, ${name}` }, 'kernels both ways', {
        ...stack,
        adversary: 1,
      }),
    ),
  );
  return [...specs.map((given) => kernelCase(given)), ...inModes];
}
