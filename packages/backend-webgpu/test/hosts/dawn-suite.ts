/** The suite on Dawn in this process. Two files share its cases, so that two workers run them. */

import { allCases, type ConformanceCase } from '@wick/conformance';
import { suite } from '@wick/conformance/vitest';
import { describeOnHost } from '../../../../testing/hosts.js';
import { noVulkan, onDawn } from '../helpers/hosts.js';
import { CASE_TIMEOUT } from './protocol.js';

export function isKernelCase({ group }: ConformanceCase): boolean {
  return group.startsWith('kernels');
}

export function onDawnSuite(name: string, only: (given: ConformanceCase) => boolean): void {
  describeOnHost(noVulkan, name, () => {
    const cases = allCases().filter(only);
    suite({ ...onDawn(), cases, seeds: Number(process.env.WICK_SEEDS ?? 1), timeout: CASE_TIMEOUT });
  });
}
