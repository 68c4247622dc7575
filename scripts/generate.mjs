/**
 * `pnpm generate` writes the generated files; with `--check` it writes nothing and fails when one is stale.
 * A generator is one entry below. The first line of what it makes, or the marker around it, says so.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { licencesPage } from './lib/licences.mjs';
import { root } from './lib/process.mjs';
import { readReports, supportPage, withSupportTable } from './lib/support.mjs';

/** @type {readonly { file: string, make: () => string | Promise<string> }[]} */
const generators = [
  { file: 'docs/licences.md', make: licencesPage },
  { file: 'docs/support.md', make: () => supportPage(readReports()) },
  // Only what stands between its markers.
  {
    file: 'README.md',
    make: () => withSupportTable(readFileSync(join(root, 'README.md'), 'utf8'), readReports()),
  },
];

const check = process.argv.includes('--check');
for (const { file, make } of generators) {
  const path = join(root, file);
  const text = await make();
  const fresh = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (check && !fresh) {
    console.error(`${file} is stale; run \`pnpm generate\``);
    process.exitCode = 1;
  } else if (!fresh) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  if (check ? fresh : true) console.log(`${file} ${fresh ? 'is fresh' : 'written'}`);
}
