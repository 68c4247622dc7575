/** What concerns Node alone: whether Dawn finds a driver there. */

import { nodeProcess } from './node/process.js';
import * as vulkan from './node/vulkan.js';

/** What this machine lacks before Dawn can open a driver, with its remedy; undefined where there is one. */
export function missingVulkan(): string | undefined {
  const process = nodeProcess();
  return process === undefined ? 'this host is not Node' : vulkan.missingVulkan(process);
}

/**
 * The manifest of the software driver that Chromium ships, for `VK_DRIVER_FILES`; undefined where there is
 * none. The backend finds it by itself where no GPU gives an adapter.
 */
export function softwareDriver(): string | undefined {
  const process = nodeProcess();
  return process === undefined ? undefined : vulkan.softwareDriver(process);
}
