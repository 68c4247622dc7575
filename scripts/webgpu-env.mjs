/**
 * Runs a command with the environment in which Dawn finds a Vulkan driver, in software where there is no
 * other: `node scripts/webgpu-env.mjs npx pnpm wick run shakespeare --backend webgpu`.
 */
import { spawnSync } from 'node:child_process';
import { vulkanEnvironment } from './lib/vulkan.mjs';

const [command, ...args] = process.argv.slice(2);
const found = vulkanEnvironment();
if (command === undefined || found.missing !== undefined) {
  console.error(found.missing ?? 'usage: node scripts/webgpu-env.mjs COMMAND [ARGUMENT...]');
  process.exit(1);
}
const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...found.env } });
process.exitCode = status ?? 1;
