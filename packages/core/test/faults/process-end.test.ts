import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wick-process-end-'));
  program = join(folder, 'program.mjs');
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@wick/source'] },
    ssr: { noExternal: true, resolve: { conditions: ['@wick/source'] } },
    build: {
      ssr: fileURLToPath(new URL('./process/program.ts', import.meta.url)),
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  });
}, 60_000);

afterAll(() => rm(folder, { recursive: true }));

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program to its end; `watch` sees what it says meanwhile. A hang fails by the test's timeout. */
function run(how: string, watch: (out: string, child: ChildProcess) => void = () => {}): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, how], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
      watch(out, child);
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

describe('a process that ends with work in flight', () => {
  it.each([
    ['naturally', 'natural', 3],
    ['by process.exit', 'exit', 4],
    ['after a worker with work in flight was terminated', 'worker', 5],
  ])('%s keeps its exit code, and says nothing', async (_, how, code) => {
    const ending = await run(how);
    expect(ending).toMatchObject({ code, signal: null, err: '' });
    expect(ending.out).toContain('in flight: true');
  });

  it.each([
    ['an uncaught throw', 'throw', 'uncaught on purpose'],
    ['an unhandled rejection', 'rejection', 'unhandled on purpose'],
  ])('by %s ends with 1 and that message, not with one of its own', async (_, how, message) => {
    const ending = await run(how);
    expect(ending).toMatchObject({ code: 1, signal: null });
    expect(ending.err).toContain(message);
    expect(ending.err).not.toContain('WickError');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('by %s ends by that signal', async (signal) => {
    let sent = false;
    const ending = await run('wait', (out, child) => {
      if (!sent && out.includes('ready')) sent = child.kill(signal);
    });
    expect(ending).toMatchObject({ code: null, signal, err: '' });
  });

  it('and closes its device first carries everything out', async () => {
    expect(await run('close')).toMatchObject({ code: 6, out: 'read: 4\n', err: '' });
  });
});
