/**
 * What a page downloads for `core` and `backend-webgpu`, bundled from their sources, minified and gzipped;
 * more than the limit fails. What is loaded on demand, and not before, is listed beside it.
 */
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { formatTable } from './lib/table.mjs';

const LIMIT = 60_000;

const ENTRY = 'virtual:entry';
/** What a program needs to compute; a bundler leaves out what is not reachable from it. */
const CODE = `
import { openDevice } from '@wick/core';
import webgpu from '@wick/backend-webgpu';
globalThis.open = () => openDevice(webgpu());
`;

const result = await build({
  configFile: false,
  logLevel: 'error',
  resolve: { conditions: ['@wick/source', 'module', 'browser', 'import', 'default'] },
  plugins: [
    {
      name: 'entry',
      resolveId: (/** @type {string} */ id) => (id === ENTRY ? id : undefined),
      load: (/** @type {string} */ id) => (id === ENTRY ? CODE : undefined),
    },
  ],
  build: {
    write: false,
    target: 'es2022',
    minify: true,
    modulePreload: false,
    rolldownOptions: { input: ENTRY },
  },
});
const [bundle] = [result].flat();
if (bundle === undefined || !('output' in bundle)) throw new Error('the bundler watches');
const chunks = bundle.output.filter((file) => file.type === 'chunk');

/** The chunks that load with the entry. */
const needed = new Set();
/** @param {string} name */
function need(name) {
  if (needed.has(name)) return;
  needed.add(name);
  for (const imported of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) need(imported);
}
for (const { isEntry, fileName } of chunks) if (isEntry) need(fileName);

let total = 0;
const rows = chunks.map(({ name, fileName, code }) => {
  const bytes = gzipSync(code, { level: 9 }).length;
  if (needed.has(fileName)) total += bytes;
  return [name, String(code.length), String(bytes), needed.has(fileName) ? 'at once' : 'on demand'];
});
console.log(formatTable(['chunk', 'bytes', 'gzip', 'loaded'], rows));
console.log(`core and backend-webgpu: ${total} bytes gzipped at once, of at most ${LIMIT}`);
if (total === 0 || total > LIMIT) process.exitCode = 1;
