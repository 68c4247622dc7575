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

/** Runs the program to its end; `watch` sees what it says meanwhile. A hang ends with the test's timeout. */
function run(
  how: string,
  signal: AbortSignal,
  watch: (out: string, child: ChildProcess) => void = () => {},
): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    const child = spawn(process.execPath, [program, how], {
      stdio: [...stdio],
      signal,
      killSignal: 'SIGKILL',
    });
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

describe('a process that ends with work in flight', { timeout: 60_000 }, () => {
  it.for([
    ['naturally', 'natural', 3],
    ['by process.exit', 'exit', 4],
    ['after a worker with work in flight was terminated', 'worker', 5],
  ] as const)('%s keeps its exit code, and says nothing', async ([, how, code], { signal }) => {
    const ending = await run(how, signal);
    expect(ending).toMatchObject({ code, signal: null, err: '' });
    expect(ending.out).toContain('in flight: true');
  });

  it.for([
    ['an uncaught throw', 'throw', 'uncaught on purpose'],
    ['an unhandled rejection', 'rejection', 'unhandled on purpose'],
  ] as const)(
    'by %s ends with 1 and that message, not with one of its own',
    async ([, how, message], { signal }) => {
      const ending = await run(how, signal);
      expect(ending).toMatchObject({ code: 1, signal: null });
      expect(ending.err).toContain(message);
      expect(ending.err).not.toContain('WickError');
    },
  );

  it.for(['SIGINT', 'SIGTERM'] as const)('by %s ends by that signal', async (name, { signal }) => {
    let sent = false;
    const ending = await run('wait', signal, (out, child) => {
      if (!sent && out.includes('ready')) sent = child.kill(name);
    });
    expect(ending).toMatchObject({ code: null, signal: name, err: '' });
  });

  it('and closes its device first carries everything out', async ({ signal }) => {
    expect(await run('close', signal)).toMatchObject({ code: 6, out: 'read: 4\n', err: '' });
  });
});
