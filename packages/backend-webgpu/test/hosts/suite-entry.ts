/**
 * What runs the suite on a host without a test runner: in a page, in a worker, and in Deno. It is bundled
 * with everything that it needs.
 */

import webgpu from '@wick/backend-webgpu';
import { allCases, Conformance, describeHost } from '@wick/conformance';
import { CASE_TIMEOUT, type HostRecord, type HostRun } from './protocol.js';

/** Runs the named cases in their order and reports each as it ends. */
export async function runCases({ names }: HostRun, report: (record: HostRecord) => void): Promise<void> {
  const factory = webgpu();
  const backend = await factory.open();
  const { info, limits, capabilities } = backend;
  report({ kind: 'opened', host: describeHost(), backend: { info, limits, capabilities } });
  backend.destroy();
  const cases = new Map(allCases().map((given) => [given.name, given]));
  const conformance = new Conformance({ ...factory, timeout: CASE_TIMEOUT });
  for (const name of names) {
    const given = cases.get(name);
    if (given === undefined) continue; // the other side misses its answer
    const { status, reason, error, milliseconds, largestError } = await conformance.run(given);
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    report({
      kind: 'result',
      name,
      status,
      milliseconds,
      ...(reason === undefined ? {} : { reason }),
      ...(error === undefined ? {} : { message }),
      ...(largestError === undefined ? {} : { largestError }),
    });
  }
  await conformance.close();
}
