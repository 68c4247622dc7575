/**
 * WebGPU for tests. Call {@link missingVulkan} before anything opens Dawn: the driver is found through the
 * environment of the process.
 */
import * as node from '@wick/backend-webgpu/node';

/** Why Dawn cannot compute here, for `describeUnless`; undefined where it can. */
export function missingVulkan(): string | undefined {
  const missing = node.missingVulkan();
  if (missing !== undefined || process.platform !== 'linux') return missing;
  // Tests do not depend on the GPU.
  const { env } = process;
  const driver = node.softwareDriver();
  if ((env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES) === undefined && driver !== undefined) {
    env.VK_DRIVER_FILES = driver;
  }
  return undefined;
}
