/**
 * Finds a Vulkan driver for Dawn on Linux. The loader knows the drivers that are installed; the software
 * one that Chromium ships has to be named to it.
 */

import type { NodeProcess } from './process.js';

export type Environment = Readonly<Record<string, string>>;

const SOFTWARE = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/opt/google/chrome',
  '/opt/chromium',
].map((folder) => `${folder}/vk_swiftshader_icd.json`);
const INSTALLED = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
/** Without one of these there is no GPU: Mesa's, NVIDIA's, and that of Windows' subsystem for Linux. */
const GPU_NODES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];
const LOADER = 'libvulkan.so.1';

/** The manifest of the software driver, if there is one. */
export function softwareDriver(process: NodeProcess): string | undefined {
  const { existsSync } = process.getBuiltinModule('node:fs');
  return SOFTWARE.find((path) => existsSync(path));
}

/** What this machine lacks before any driver can be opened, with its remedy. */
export function missingVulkan(process: NodeProcess): string | undefined {
  if (process.platform !== 'linux') return undefined; // Metal or Direct3D 12, which need nothing
  const hasDriver = isNamed(process) || softwareDriver(process) !== undefined || isInstalled(process);
  if (!hasDriver) return 'no Vulkan driver; Debian: apt-get install chromium libvulkan1';
  if (process.env.LD_LIBRARY_PATH === undefined && !hasLoader(process)) {
    return `no ${LOADER}; Debian: apt-get install libvulkan1`;
  }
  return undefined;
}

/**
 * What Dawn is started with, one after the other until an adapter is found: the environment as it is, then
 * with the software driver. Where no GPU can be, the software driver comes at once.
 */
export function dawnEnvironments(process: NodeProcess): readonly Environment[] {
  if (process.platform !== 'linux') return [{}];
  const common = runtimeFolder(process);
  const driver = isNamed(process) ? undefined : softwareDriver(process);
  if (driver === undefined) return [common];
  const software = { ...common, VK_DRIVER_FILES: driver };
  const { existsSync } = process.getBuiltinModule('node:fs');
  return GPU_NODES.some((path) => existsSync(path)) ? [common, software] : [software];
}

/** Runs `work` with variables added to the environment, which the loader reads, and takes them out again. */
export async function withEnvironment<T>(
  process: NodeProcess,
  environment: Environment,
  work: () => Promise<T>,
): Promise<T> {
  const added = Object.keys(environment).filter((name) => process.env[name] === undefined);
  for (const name of added) process.env[name] = environment[name];
  try {
    return await work();
  } finally {
    for (const name of added) delete process.env[name];
  }
}

/** Whether the environment names a driver already. */
function isNamed({ env }: NodeProcess): boolean {
  return (env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES) !== undefined;
}

function isInstalled(process: NodeProcess): boolean {
  return INSTALLED.some((folder) => filesIn(process, folder).length > 0);
}

/** Drivers complain on standard error without this folder, which login sessions have. */
function runtimeFolder(process: NodeProcess): Environment {
  if (process.env.XDG_RUNTIME_DIR !== undefined) return {};
  const folder = `${process.getBuiltinModule('node:os').tmpdir()}/wick-runtime-${process.getuid?.() ?? 0}`;
  try {
    process.getBuiltinModule('node:fs').mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return {};
  }
  return { XDG_RUNTIME_DIR: folder };
}

function filesIn(process: NodeProcess, folder: string): readonly string[] {
  const { existsSync, readdirSync } = process.getBuiltinModule('node:fs');
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Where Debian, Fedora and Arch keep libraries. */
function hasLoader(process: NodeProcess): boolean {
  const nested = filesIn(process, '/usr/lib')
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => `/usr/lib/${name}`);
  const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib', ...nested];
  return folders.some((folder) => filesIn(process, folder).includes(LOADER));
}
