/**
 * The import rules: who may import whom, no cycles, nothing undeclared, no Node in packages that run in
 * browsers, no way into another package but its name. Tests may import any package, never its inside.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCycles } from './lib/cycles.mjs';
import { importProblem, MAY_IMPORT } from './lib/import-rules.mjs';
import { readImports } from './lib/imports.mjs';
import { root } from './lib/process.mjs';

/** @type {Map<string, import('./lib/import-rules.mjs').Manifest>} */
const manifests = new Map();
for (const name of readdirSync(join(root, 'packages'))) {
  const file = join(root, 'packages', name, 'package.json');
  if (existsSync(file)) manifests.set(name, JSON.parse(readFileSync(file, 'utf8')));
}

const { files, imports } = readImports(root, ['packages', 'bench', 'testing', 'scripts']);
const problems = imports.flatMap((entry) => {
  const text = importProblem(entry, manifests);
  return text === undefined ? [] : [`${entry.file}:${entry.line}: '${entry.specifier}': ${text}`];
});
for (const name of manifests.keys()) {
  if (MAY_IMPORT[name] === undefined) problems.push(`packages/${name}: say in MAY_IMPORT what it may import`);
}

/** @type {Map<string, string[]>} */
const graph = new Map(files.map((file) => [file, []]));
for (const { file, target } of imports) if (target !== undefined) graph.get(file)?.push(target);
for (const cycle of findCycles(graph)) problems.push(`circular import: ${cycle.join(' -> ')}`);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${files.length} files, ${imports.length} imports`);
}
