/** `pnpm judge`: draws captions with the embedded picture model, and judges the pictures. */
import { runBundled } from './lib/bundled.mjs';

await runBundled('bench/judge/main.ts', 'judge');
