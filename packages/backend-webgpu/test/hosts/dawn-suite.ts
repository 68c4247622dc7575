/** The suite on Dawn in this process. Two files share its cases, so that two workers run them. */

import { allCases, type ConformanceCase, describeHost } from '@wick/conformance';
import { suite } from '@wick/conformance/vitest';
import { expect, it } from 'vitest';
import { describeOnHost, sampled } from '../../../../testing/hosts.js';
import { noVulkan, onDawn } from '../helpers/hosts.js';
import { adapterName, CASE_TIMEOUT } from './protocol.js';

/** Of how many cases one is run where not all hosts are required. */
const STRIDE = 7;

export function isKernelCase({ group }: ConformanceCase): boolean {
  return group.startsWith('kernels');
}

export function onDawnSuite(name: string, only: (given: ConformanceCase) => boolean): void {
  describeOnHost(noVulkan, name, () => {
    it('opens', async ({ task }) => {
      const backend = await onDawn().open();
      task.meta.host = { host: describeHost(), adapter: adapterName(backend.info) };
      expect(backend.info.name).toBe('webgpu');
      backend.destroy();
    });

    const cases = sampled(allCases().filter(only), STRIDE);
    suite({ ...onDawn(), cases, seeds: Number(process.env.WICK_SEEDS ?? 1), timeout: CASE_TIMEOUT });
  });
}
