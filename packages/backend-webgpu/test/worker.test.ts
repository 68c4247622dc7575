/** Dawn in workers of Node, two at once, and ended with a device open. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { bundle } from '../../../testing/bundle.js';
import { noVulkan } from './helpers/hosts.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

function doubled(script: string, values: readonly number[]): Promise<unknown> {
  const worker = new Worker(script);
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(values);
  }).finally(() => worker.terminate());
}

describeUnless(noVulkan, 'in workers of Node', () => {
  it('devices compute side by side', { timeout: 60_000 }, async () => {
    // Inside the package, so that it finds Dawn by name.
    const folder = mkdtempSync(here('../node_modules/.worker-'));
    try {
      const script = join(folder, 'worker.mjs');
      writeFileSync(script, await bundle(here('hosts/worker-entry.ts')));
      const results = await Promise.all([doubled(script, [1, 2, 3]), doubled(script, [10])]);
      expect(results).toEqual([[2, 4, 6], [20]]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
