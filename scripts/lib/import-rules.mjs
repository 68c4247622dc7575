/** The rules that one import must keep. */
import { isBuiltin } from 'node:module';

/**
 * The workspace packages that the sources of a package may import.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const MAY_IMPORT = {
  core: [],
  'backend-cpu': ['core'],
  'backend-webgpu': ['core'],
  'backend-metal': ['core'],
  softmetal: [],
  tensor: ['core'],
  models: ['core', 'tensor'],
  conformance: ['core', 'tensor', 'backend-cpu'],
  cli: ['core', 'tensor', 'models', 'backend-cpu', 'conformance'],
};

/** Sources that may import Node; all others run wherever JavaScript does. */
const NODE_SOURCES = /^packages\/(cli\/|conformance\/|models\/src\/node[./]|backend-[^/]+\/src\/node[./])/;

/**
 * The parts of a package.json that the rules read.
 * @typedef {object} Manifest
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, unknown>} [exports]
 */

/** @param {string} file */
const packageOf = (file) => /^packages\/([^/]+)\//.exec(file)?.[1];

/** @param {string} file */
const isSource = (file) => /^packages\/[^/]+\/src\//.test(file) && !/\.(test|bench)\.ts$/.test(file);

/** @param {string} specifier */
const moduleName = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/**
 * What is wrong with one import, or undefined.
 * @param {import('./imports.mjs').Import} entry
 * @param {ReadonlyMap<string, Manifest>} manifests by the name of the package's folder
 */
export function importProblem({ file, specifier, target }, manifests) {
  const owner = packageOf(file);
  if (specifier.startsWith('.')) {
    const other = target === undefined ? undefined : packageOf(target);
    return other === undefined || other === owner ? undefined : `import @wick/${other} by its name`;
  }
  const module = moduleName(specifier);
  const workspaceName = module.startsWith('@wick/') ? module.slice('@wick/'.length) : undefined;
  if (workspaceName !== undefined && module !== specifier) {
    const path = `.${specifier.slice(module.length)}`;
    const isExported = manifests.get(workspaceName)?.exports?.[path] !== undefined;
    if (!isExported) return `${specifier} is not exported by ${module}`;
  }
  if (owner === undefined || !isSource(file)) return undefined;
  if (specifier === '#shared') return 'sources must not use test helpers';
  if (isBuiltin(specifier)) {
    return NODE_SOURCES.test(file) ? undefined : 'this file runs in browsers too and must not import Node';
  }
  if (workspaceName === owner) return 'a package imports its own files by relative path';
  if (workspaceName !== undefined && !MAY_IMPORT[owner]?.includes(workspaceName)) {
    return `${owner} may not import ${module}`;
  }
  const { dependencies, peerDependencies, optionalDependencies } = manifests.get(owner) ?? {};
  const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  return declared[module] === undefined ? `${module} is not a dependency of @wick/${owner}` : undefined;
}
