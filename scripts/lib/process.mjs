/** Child processes for the scripts: captured, or with this terminal. Plain Node, no dependencies. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The environment of every tool: the workspace's own binaries first, and nobody is called home.
 * @returns {NodeJS.ProcessEnv}
 */
export function toolEnvironment() {
  return {
    ...process.env,
    PATH: [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
  };
}

/**
 * @typedef {object} Outcome
 * @property {boolean} ok
 * @property {number} code 0 to 255; 1 when the process did not start or was killed by a signal
 * @property {string} output standard output and standard error as they came
 */

/**
 * Runs a command to its end. It never throws: a command that cannot start is an outcome that is not ok.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ inherit?: boolean, timeoutMs?: number, cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<Outcome>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    // Only the package managers are command files on Windows; everything else is started by Node itself.
    const shell = process.platform === 'win32' && command !== process.execPath;
    const child = spawn(command, [...args], {
      cwd: options.cwd ?? root,
      env: { ...toolEnvironment(), ...options.env },
      stdio: options.inherit ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      shell,
    });
    let output = '';
    const collect = (/** @type {string} */ text) => {
      output += text;
    };
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    const timer =
      options.timeoutMs === undefined ? undefined : setTimeout(() => child.kill(), options.timeoutMs);
    const settle = (/** @type {number} */ code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0, code, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      settle(1);
    });
    child.on('close', (code) => settle(code ?? 1));
  });
}

/**
 * Runs a JavaScript file with this Node.
 * @param {string} file relative to the top of the repository
 * @param {readonly string[]} [args]
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runNode(file, args = [], options = {}) {
  return run(process.execPath, [join(root, file), ...args], options);
}

/** Ends the program with one clear line when this Node is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Wick needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(1);
}
