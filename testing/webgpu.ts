/**
 * WebGPU for tests. Call {@link missingVulkan} before anything opens Dawn: the driver is found through the
 * environment of the process.
 */
import { vulkanEnvironment } from '../scripts/lib/vulkan.mjs';

/** Why Dawn cannot compute here, for `describeUnless`; undefined where it can. */
export function missingVulkan(): string | undefined {
  const { env, missing } = vulkanEnvironment();
  if (missing === undefined) Object.assign(process.env, env);
  return missing;
}
