/**
 * WebGPU for tests. Call {@link missingVulkan} before anything opens Dawn: the driver is found through the
 * environment of the process.
 */
import * as vulkan from '../packages/backend-webgpu/src/node/vulkan.js';

/** Why Dawn cannot compute here, for `describeUnless`; undefined where it can. */
export function missingVulkan(): string | undefined {
  const missing = vulkan.missingVulkan(process);
  if (missing !== undefined || process.platform !== 'linux') return missing;
  // Tests do not depend on the GPU.
  const { env } = process;
  const driver = vulkan.softwareDriver(process);
  if ((env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES) === undefined && driver !== undefined) {
    env.VK_DRIVER_FILES = driver;
  }
  return undefined;
}
