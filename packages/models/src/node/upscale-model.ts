import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { WickError } from '@wick/core';

/** The package of the default super-resolution model: an optional dependency. */
export const UPSCALE_PACKAGE = '@upscalerjs/default-model';

/**
 * The folder of the default super-resolution model, for `openUpscaleModel`. Nothing of the package is run.
 *
 * @throws WickError `BAD_MODEL` when the package is not installed, saying how to
 */
export function defaultUpscaleModelPath(): string {
  const models = locate(createRequire(import.meta.url));
  if (models !== undefined) return models;
  throw new WickError(
    'BAD_MODEL',
    `the default model comes with the package ${UPSCALE_PACKAGE}, which is not installed: ` +
      `\`npm install --legacy-peer-deps ${UPSCALE_PACKAGE}@1.0.0\` (the flag leaves out TensorFlow.js)`,
    { label: UPSCALE_PACKAGE },
  );
}

/** The package exports its code only, so its folder is looked for above that. */
function locate(require: NodeJS.Require): string | undefined {
  let folder: string;
  try {
    folder = dirname(require.resolve(UPSCALE_PACKAGE));
  } catch {
    return undefined;
  }
  for (; ; folder = dirname(folder)) {
    const models = join(folder, 'models');
    if (existsSync(join(models, 'model.json'))) return models;
    if (folder === dirname(folder)) return undefined;
  }
}
