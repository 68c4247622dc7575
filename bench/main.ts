/** `pnpm bench`, started by scripts/bench.mjs in the top folder of the repository. */

import { bench } from './bench.js';

process.exitCode = await bench(process.argv.slice(2), process.cwd(), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
