import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const preload = pathToFileURL(join(root, 'scripts', 'test', 'print-arguments.mjs')).href;
const pnpm = join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');

describe('pnpm wick', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wick-launcher-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs `pnpm wick` as a person would, with arguments that the CLI refuses. */
  function run(before: readonly string[], args: readonly string[]) {
    const file = join(folder, 'arguments.json');
    const env = { ...process.env, WICK_ARGUMENTS_FILE: file, NODE_OPTIONS: `--import=${preload}` };
    const child = spawnSync(process.execPath, [pnpm, ...before, 'wick', ...args], {
      cwd: root,
      env,
      encoding: 'utf8',
      timeout: 120_000,
    });
    const received: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return { received, status: child.status, stdout: child.stdout };
  }

  const args = ['no-such-command', '--prompt', 'ROMEO:\n', 'a\\b  c', `it's "quoted" $HOME`, ''];

  it.each([
    ['as it is', []],
    ['with --silent', ['--silent']],
  ])(
    'hands over arguments unchanged, keeps exit code 2 and prints nothing itself, %s',
    (_, before) => {
      const { received, status, stdout } = run(before, args);
      expect(received).toEqual(args);
      expect(status).toBe(2);
      expect(stdout).toBe('');
    },
    120_000,
  );
});
