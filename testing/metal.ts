/** Metal for tests: the system's on macOS, the software one of this repository on Linux. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = ['gyp/build', 'build'].map((folder) =>
  fileURLToPath(new URL(`../packages/backend-metal/${folder}/Release/wick_metal.node`, import.meta.url)),
);

/** Why there is no Metal here, for `describeUnless`; undefined where there is, or where it has to be. */
export function missingMetal(): string | undefined {
  if (built.some((path) => existsSync(path)) || process.env.WICK_REQUIRE_HOSTS) return undefined;
  return process.platform === 'darwin'
    ? 'the Metal addon is not built (pnpm build)'
    : 'the software Metal is not built (node scripts/softmetal.mjs)';
}
