/** Preloaded by the launcher's test: writes the arguments that reached the CLI to a file, as JSON. */
import { writeFileSync } from 'node:fs';

const file = process.env.WICK_ARGUMENTS_FILE;
if (file !== undefined && process.argv[1]?.endsWith('wick.mjs')) {
  process.on('exit', () => writeFileSync(file, JSON.stringify(process.argv.slice(2))));
}
