/** Puts cases to the backend in a page of Chromium, or in a worker of one. */

import { fileURLToPath } from 'node:url';
import { bundle } from '../../../../testing/bundle.js';
import { openScript } from '../../../../testing/chromium.js';
import type { HostRecord, HostRun } from './protocol.js';
import type { RemoteSuiteOptions } from './remote-suite.js';

declare const wickSuite: (run: HostRun, where: 'page' | 'worker') => Promise<void>;

export function inChromium(where: 'page' | 'worker'): RemoteSuiteOptions['start'] {
  return async (run, onRecord, signal) => {
    const code = await bundle(fileURLToPath(new URL('page-entry.ts', import.meta.url)));
    const { page, failed, close } = await openScript(code);
    try {
      await page.exposeFunction('wickRecord', (record: HostRecord) => onRecord(record));
      const ended = page.evaluate(([given, place]) => wickSuite(given, place), [run, where] as const);
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await Promise.race([ended, failed, aborted]);
    } finally {
      await close();
    }
  };
}
