/** `pnpm judge`, started by scripts/judge.mjs in the top folder of the repository. */

import { judgeDrawings } from './judge.js';

process.exitCode = await judgeDrawings(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
