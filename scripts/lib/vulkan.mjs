/** Finds a Vulkan driver for Dawn: that of a GPU, or the software one that Chromium ships. Linux only. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOFTWARE = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/opt/google/chrome',
  '/opt/chromium',
].map((folder) => join(folder, 'vk_swiftshader_icd.json'));
const INSTALLED = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const LOADER = 'libvulkan.so.1';

/** @param {string} folder */
const contentOf = (folder) => (existsSync(folder) ? readdirSync(folder) : []);

/** Where Debian, Fedora and Arch keep libraries. */
function hasLoader() {
  const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];
  const nested = contentOf('/usr/lib')
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join('/usr/lib', name));
  return [...folders, ...nested].some((folder) => existsSync(join(folder, LOADER)));
}

/**
 * The environment that a process with Dawn has to be started with, or why there is none. A driver that the
 * environment names already comes first, then the software one, so that tests do not depend on the GPU.
 * @returns {{ env: Record<string, string>, missing?: undefined } | { env?: undefined, missing: string }}
 */
export function vulkanEnvironment() {
  if (process.platform !== 'linux') return { env: {} }; // Metal or Direct3D 12, which need nothing
  /** @type {Record<string, string>} */
  const env = {};
  if (process.env.VK_DRIVER_FILES === undefined && process.env.VK_ICD_FILENAMES === undefined) {
    const software = SOFTWARE.find((path) => existsSync(path));
    if (software !== undefined) env.VK_DRIVER_FILES = software;
    else if (!INSTALLED.some((folder) => contentOf(folder).length > 0)) {
      return { missing: 'no Vulkan driver; Debian: apt-get install chromium libvulkan1' };
    }
  }
  if (process.env.LD_LIBRARY_PATH === undefined && !hasLoader()) {
    return { missing: `no ${LOADER}; Debian: apt-get install libvulkan1` };
  }
  if (process.env.XDG_RUNTIME_DIR === undefined) {
    env.XDG_RUNTIME_DIR = join(tmpdir(), `wick-runtime-${process.getuid?.() ?? 0}`);
    mkdirSync(env.XDG_RUNTIME_DIR, { recursive: true, mode: 0o700 });
  }
  return { env };
}
