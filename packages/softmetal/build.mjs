/**
 * Builds the software Metal for tests on Linux: `dist/libsoftmetal.a`, which the addon of backend-metal
 * links, and `dist/softmetal-msl`, which checks and runs MSL.
 *
 *   node build.mjs             what is stale
 *   node build.mjs --install   installs the Debian packages that are missing first
 *   node build.mjs --tool      only softmetal-msl, which needs clang but no Objective-C
 *   node build.mjs --sanitize  with AddressSanitizer and UndefinedBehaviorSanitizer, into dist/sanitize
 *   node build.mjs --test      builds and runs the tests in C++ and Objective-C++ as well
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(fileURLToPath(import.meta.url));

/** Debian packages, and a file or command of each that shows that it is there. */
const packages = [
  { name: 'clang', there: () => output('clang', ['--version']) !== '' },
  { name: 'gobjc++', there: () => existsSync(join(gccFolder(), 'include/objc/objc.h')) },
  { name: 'libgnustep-base-dev', there: () => existsSync('/usr/include/GNUstep/Foundation/Foundation.h') },
  { name: 'libblocksruntime-dev', there: () => existsSync('/usr/include/Block.h') },
];

/** Names of the Debian packages that are missing. */
export function missingPackages() {
  return packages.filter((one) => !one.there()).map((one) => one.name);
}

/** Why softmetal cannot be built here, with the remedy; undefined when it can. */
export function whyUnavailable() {
  if (process.platform !== 'linux') return 'softmetal is for Linux; macOS has Metal';
  const missing = missingPackages();
  return missing.length === 0 ? undefined : `softmetal needs apt-get install ${missing.join(' ')}`;
}

/**
 * Flags for compiling Objective-C++ against softmetal.
 * @param {boolean} sanitize
 */
export function objectiveFlags(sanitize) {
  return [
    '-x',
    'objective-c++',
    '-fblocks',
    '-fobjc-runtime=gcc',
    '-fobjc-exceptions',
    '-fconstant-string-class=NSConstantString',
    '-D_NATIVE_OBJC_EXCEPTIONS',
    '-DGNUSTEP',
    '-DGNUSTEP_BASE_LIBRARY=1',
    `-I${join(root, 'include')}`,
    '-isystem',
    '/usr/include/GNUstep',
    '-idirafter',
    join(gccFolder(), 'include'),
    ...sanitizers(sanitize),
  ];
}

/** What a program that uses `libsoftmetal.a` links. @param {boolean} sanitize */
export function linkFlags(sanitize) {
  const library = join(root, sanitize ? 'dist/sanitize' : 'dist', 'libsoftmetal.a');
  // GNUstep's library has a `_Block_copy` that copies nothing: the one of libBlocksRuntime has to be found first.
  const libraries = ['-lBlocksRuntime', '-lgnustep-base', '-lobjc', '-lpthread', '-ldl', '-lm'];
  return [...sanitizers(sanitize), library, `-L${gccFolder()}`, ...libraries];
}

/** @param {boolean} sanitize */
function sanitizers(sanitize) {
  return sanitize ? ['-fsanitize=address,undefined', '-fno-omit-frame-pointer'] : [];
}

function gccFolder() {
  return dirname(output('gcc', ['-print-libgcc-file-name']));
}

/** @param {string} command @param {readonly string[]} args */
function output(command, args) {
  return spawnSync(command, args, { encoding: 'utf8' }).stdout?.trim() ?? '';
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

/**
 * Whether a file is older than what it was made from, as clang wrote it down.
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

/** @param {string} folder @returns {string[]} */
function sourcesIn(folder) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...sourcesIn(path));
    else if (/\.(cpp|mm)$/.test(entry.name)) found.push(path);
  }
  return found.sort();
}

/**
 * Compiles what is stale and returns the object files.
 * @param {readonly string[]} sources @param {string} out @param {boolean} sanitize
 */
async function compile(sources, out, sanitize) {
  const common = ['-std=c++17', '-O2', '-g', '-fPIC', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror'];
  const jobs = sources.map((source) => ({
    source,
    object: join(out, `${relative(root, source).replaceAll('/', '-')}.o`),
  }));
  const waiting = jobs.filter(({ object }) => isStale(object));
  const work = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      console.log(`  ${relative(root, job.source)}`);
      const language = job.source.endsWith('.mm') ? objectiveFlags(sanitize) : sanitizers(sanitize);
      const folder = `-DSOFTMETAL_MSL_FOLDER="${join(root, 'msl')}"`;
      const dependencies = ['-MMD', '-MF', `${job.object}.d`];
      const begun = new Date();
      await run('clang++', [
        ...language,
        ...common,
        folder,
        ...dependencies,
        '-c',
        job.source,
        '-o',
        job.object,
      ]);
      // What is edited meanwhile is newer than the object.
      utimesSync(job.object, begun, begun);
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  return jobs.map(({ object }) => object);
}

/** @param {{ tool?: boolean, sanitize?: boolean, test?: boolean }} options */
export async function build({ tool = false, sanitize = false, test = false } = {}) {
  const out = join(root, sanitize ? 'dist/sanitize' : 'dist');
  mkdirSync(out, { recursive: true });
  const all = sourcesIn(join(root, 'src'));
  const plain = all.filter((source) => source.endsWith('.cpp') && !source.endsWith('tool.cpp'));
  const objects = await compile(plain, out, sanitize);
  const [main] = await compile([join(root, 'src/tool.cpp')], out, sanitize);
  await run('clang++', [
    ...sanitizers(sanitize),
    main,
    ...objects,
    '-ldl',
    '-lpthread',
    '-o',
    join(out, 'softmetal-msl'),
  ]);
  if (tool) return;
  const metal = await compile(
    all.filter((source) => source.endsWith('.mm')),
    out,
    sanitize,
  );
  const library = join(out, 'libsoftmetal.a');
  spawnSync('rm', ['-f', library]);
  await run('ar', ['rcs', library, ...objects, ...metal]);
  if (!test) return;
  const tests = await compile(sourcesIn(join(root, 'test/native')), out, sanitize);
  await run('clang++', [...tests, ...linkFlags(sanitize), '-o', join(out, 'softmetal-test')]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      install: { type: 'boolean' },
      tool: { type: 'boolean' },
      sanitize: { type: 'boolean' },
      test: { type: 'boolean' },
    },
  });
  const missing = missingPackages();
  if (values.install && missing.length > 0) {
    const root = process.getuid?.() === 0 ? [] : ['sudo'];
    const [command = 'apt-get', ...args] = [
      ...root,
      'apt-get',
      'install',
      '-y',
      '--no-install-recommends',
      ...missing,
    ];
    await run(command, args);
  }
  const reason = whyUnavailable();
  if (reason !== undefined && !values.tool) {
    console.error(reason);
    process.exit(1);
  }
  await build(values);
}
