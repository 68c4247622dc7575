/** `npm run build`: installs if needed and builds all packages. */
import { build } from './lib/build.mjs';
import { install } from './lib/install.mjs';
import { messageOf, requireNode } from './lib/process.mjs';

requireNode();
try {
  await install();
  const outcome = await build();
  if (!outcome.ok) console.error(outcome.output);
  process.exitCode = outcome.code;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
