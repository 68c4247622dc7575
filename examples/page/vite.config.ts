import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

/** The page runs on the sources of this checkout, and serves the models that come with `@wick/models`. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  appType: 'mpa', // a file that is not there is a 404, not the page
  publicDir: fileURLToPath(new URL('../../packages/models/assets', import.meta.url)),
  resolve: { conditions: ['@wick/source', ...defaultClientConditions] },
  worker: { format: 'es' },
  build: { target: 'es2022', outDir: 'dist', emptyOutDir: true },
  server: { fs: { allow: ['../..'] } },
});
