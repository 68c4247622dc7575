/** Deno for tests: the binary of the package `deno`, with a Vulkan driver of the test's choice. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { softwareDriver } from '@wick/backend-webgpu/node';

/** Software drivers: Chromium's, and Mesa's, which has float16. */
export type Driver = 'swiftshader' | 'lavapipe';

const LAVAPIPE = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';

/** The binary; the package's own script would copy it at its first start. */
function denoBinary(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const libc = process.platform === 'linux' ? '-glibc' : '';
    const name = `@deno/${process.platform}-${process.arch}${libc}`;
    const inside = createRequire(require.resolve('deno/package.json'));
    const folder = inside.resolve(`${name}/package.json`).replace(/package\.json$/, '');
    const path = `${folder}${process.platform === 'win32' ? 'deno.exe' : 'deno'}`;
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

function manifestOf(driver: Driver): string | undefined {
  if (driver === 'swiftshader') return softwareDriver();
  return existsSync(LAVAPIPE) ? LAVAPIPE : undefined;
}

/** Why Deno cannot run on a driver here, for `describeUnless`; undefined where it can. */
export function missingDeno(driver: Driver): string | undefined {
  if (denoBinary() === undefined) return 'no Deno: npm has no package of it for this platform';
  if (manifestOf(driver) !== undefined) return undefined;
  const name = driver === 'swiftshader' ? 'chromium' : 'mesa-vulkan-drivers';
  return `no ${driver}; Debian: apt-get install ${name} libvulkan1`;
}

export interface DenoRun {
  readonly driver: Driver;
  /** Options of Deno, beside those that every run has. */
  readonly flags?: readonly string[];
  /** A script and its arguments. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly input?: string;
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const FLAGS = ['--allow-all', '--unstable-webgpu', '--no-lock'];

/** Runs a script; resolves with what it printed, or rejects with what it complained about. */
export function runDeno({
  driver,
  flags = [],
  args,
  cwd,
  input = '',
  onLine,
  signal,
}: DenoRun): Promise<string> {
  const binary = denoBinary() ?? '';
  const child = spawn(binary, ['run', ...FLAGS, ...flags, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
    env: {
      ...process.env,
      VK_DRIVER_FILES: manifestOf(driver),
      XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
      NO_COLOR: '1',
    },
  });
  const lines: string[] = [];
  let complaints = '';
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    onLine?.(line);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    complaints += chunk;
  });
  child.stdin.on('error', () => {}).end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, reason) => {
      if (code === 0) resolve(lines.join('\n'));
      else reject(new Error(`Deno ended with ${code ?? reason}: ${complaints.slice(-2000)}`));
    });
  });
}
