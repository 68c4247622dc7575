/** `pnpm bench`: builds the packages if they changed, bundles the programs in bench/, and runs them. */
import { runBundled } from './lib/bundled.mjs';

await runBundled('bench/main.ts', 'bench');
