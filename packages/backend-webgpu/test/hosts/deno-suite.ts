/** Puts cases to the backend in Deno. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../../../testing/bundle.js';
import { type Driver, runDeno } from '../../../../testing/deno.js';
import type { RemoteSuiteOptions } from './remote-suite.js';

export function inDeno(driver: Driver): RemoteSuiteOptions['start'] {
  return async (run, onRecord, signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'wick-deno-'));
    try {
      const script = join(folder, 'suite.js');
      writeFileSync(script, await bundle(fileURLToPath(new URL('deno-entry.ts', import.meta.url))));
      const onLine = (line: string) => onRecord(JSON.parse(line));
      await runDeno({ driver, args: [script], input: JSON.stringify(run), onLine, signal });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}
