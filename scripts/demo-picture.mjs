/**
 * `node scripts/demo-picture.mjs`: runs the demo and draws what it printed as docs/demo.svg, a recording in
 * which the lines appear one after the other. Everything in the picture was printed by the run.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/process.mjs';

const LINE = 18;
const CHARACTER = 8.43;
const SECONDS_PER_LINE = 0.12;

/** @param {string} text */
const escapeText = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const run = spawnSync(process.execPath, [join(root, 'packages/cli/dist/bin.js'), 'demo'], {
  cwd: root,
  encoding: 'utf8',
  env: { ...process.env, npm_lifecycle_event: 'demo' },
});
if (run.status !== 0) throw new Error(`the demo failed:\n${run.stderr}`);

const lines = ['$ npm run demo', ...run.stdout.trimEnd().split('\n')];
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER + 40);
const height = lines.length * LINE + 44;
const rows = lines.map((line, i) => {
  const delay = (i * SECONDS_PER_LINE).toFixed(2);
  const colour = i === 0 ? ' class="prompt"' : '';
  return `<text x="20" y="${34 + i * LINE}"${colour} style="animation-delay:${delay}s">${escapeText(line)}</text>`;
});
const svg = `<!-- Written by scripts/demo-picture.mjs: do not edit. -->
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>npm run demo: a small Llama writes Shakespeare, with the figures of the scheduler below</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d8dee9; white-space: pre; opacity: 0; animation: show 0.1s forwards; }
.prompt { fill: #a3be8c; }
@keyframes show { to { opacity: 1; } }
@media (prefers-reduced-motion: reduce) { text { animation: none; opacity: 1; } }
</style>
<rect width="100%" height="100%" rx="8" fill="#2b303b"/>
${rows.join('\n')}
</svg>
`;
writeFileSync(join(root, 'docs', 'demo.svg'), svg);
console.log(`docs/demo.svg: ${lines.length} lines`);
