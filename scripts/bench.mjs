/** `pnpm bench`: builds the packages if they changed, bundles a program in bench/, and runs it. */
import { runBundled } from './lib/bundled.mjs';

const at = process.argv.indexOf('--program');
const [, program] = at === -1 ? [] : process.argv.splice(at, 2);
await runBundled(program ?? 'bench/main.ts', 'bench');
