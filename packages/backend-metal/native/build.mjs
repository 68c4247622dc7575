/**
 * Builds the native addon. On macOS: node-gyp against the Command Line Tools, into gyp/build/Release. On Linux,
 * for tests only, with `--softmetal`: clang against the software Metal of this repository.
 *
 *   node native/build.mjs               macOS; elsewhere there is nothing to build
 *   node native/build.mjs --softmetal   Linux, into build/Release
 *     --bench      with what the benchmark of encoding drives, into build/bench
 *     --sanitize   with AddressSanitizer and UndefinedBehaviorSanitizer, into build/sanitize
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const native = dirname(fileURLToPath(import.meta.url));
const root = dirname(native);
const require = createRequire(import.meta.url);

const { values: options } = parseArgs({
  options: {
    softmetal: { type: 'boolean', default: false },
    bench: { type: 'boolean', default: false },
    sanitize: { type: 'boolean', default: false },
  },
});

try {
  if (process.platform === 'darwin') await buildForMac();
  else if (options.softmetal) await buildForSoftmetal();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function buildForMac() {
  const gyp = join(dirname(require.resolve('node-gyp/package.json')), 'bin', 'node-gyp.js');
  const bench = options.bench ? ['--', '-Dwick_bench=1'] : [];
  await run(process.execPath, [gyp, 'rebuild', '--directory', join(root, 'gyp'), '--silent', ...bench]);
}

async function buildForSoftmetal() {
  const { linkFlags, objectiveFlags, whyUnavailable } = await import('@wick/softmetal/build');
  const reason = whyUnavailable();
  if (reason !== undefined) throw new Error(reason);
  const folder = join(root, 'build', options.sanitize ? 'sanitize' : options.bench ? 'bench' : 'Release');
  mkdirSync(folder, { recursive: true });
  const flags = [...objectiveFlags(options.sanitize), ...addonFlags()];
  const objects = readdirSync(native)
    .filter((name) => name.endsWith('.mm') && (options.bench || name !== 'bench.mm'))
    .map((name) => ({ source: join(native, name), object: join(folder, name.replace(/\.mm$/, '.o')) }));
  const waiting = objects.filter(({ object }) => isStale(object));
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const { source, object } = job;
      await run('clang++', [...flags, '-MMD', '-MF', `${object}.d`, '-c', source, '-o', object]);
    }
  };
  await Promise.all([work(), work()]);
  const output = join(folder, 'wick_metal.node');
  const sharedSanitizer = options.sanitize ? ['-shared-libasan'] : [];
  const linked = objects.map(({ object }) => object);
  await run('clang++', [
    '-shared',
    ...sharedSanitizer,
    ...linked,
    ...linkFlags(options.sanitize),
    '-o',
    output,
  ]);
}

function addonFlags() {
  const nodeHeaders = join(dirname(dirname(process.execPath)), 'include', 'node');
  const napi = dirname(require.resolve('node-addon-api/package.json'));
  const words = '-std=c++20 -O2 -g -fPIC -fvisibility=hidden -fno-exceptions -Wall -Wextra -Werror';
  const defines = [
    'NAPI_VERSION=8',
    'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
    ...(options.bench ? ['WICK_BENCH'] : []),
  ];
  const includes = [nodeHeaders, napi].flatMap((folder) => ['-isystem', folder]);
  return [...words.split(' '), ...defines.map((name) => `-D${name}`), ...includes];
}

/**
 * Whether an object file is older than something that it was made from, as clang wrote it down.
 * @param {string} object
 */
function isStale(object) {
  if (!existsSync(object) || !existsSync(`${object}.d`)) return true;
  const made = statSync(object).mtimeMs;
  const text = readFileSync(`${object}.d`, 'utf8').replace(/^[^:]*:/, '');
  return text
    .split(/[\s\\]+/)
    .some((file) => file !== '' && (!existsSync(file) || statSync(file).mtimeMs > made));
}

/** @param {string} command @param {readonly string[]} args */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(undefined) : reject(new Error(`${command} ${args.at(-1)} failed`)),
    );
  });
}
