/** `pnpm bench:pictures`: how long picture models take, beside other implementations. */
import { runBundled } from './lib/bundled.mjs';

await runBundled('bench/pictures/main.ts', 'bench-pictures');
