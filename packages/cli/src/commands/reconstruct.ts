/** `wick reconstruct`: a picture through an autoencoder and back. */

import { resolve } from 'node:path';
import type { TiledFlags } from '../args/options.js';
import { UsageError } from '../failure.js';
import type { Io } from '../io.js';
import { checkWritable, outputNames, readPicture } from '../pictures/files.js';
import { withPictureRun } from '../pictures/run.js';

export async function reconstruct(io: Io, file: string, flags: TiledFlags): Promise<number> {
  const { model, out, tile: tileSize } = flags;
  if (model === undefined)
    throw new UsageError('reconstruct needs --model with the folder of an autoencoder');
  await checkWritable(io, outputNames(out, 1));
  const picture = await readPicture(io, file);
  const request = { model, options: { picture: file, tile: tileSize } };
  return withPictureRun(io, flags, request, async (run) => {
    const {
      openTinyAutoencoder,
      reconstruct: throughAndBack,
      TAESD_NAMES,
      TinyAutoencoder,
    } = await import('@wick/models');
    const { fileFolder } = await import('@wick/models/node');
    using autoencoder = await run.load(async ({ onProgress, signal }) => {
      const files = await openTinyAutoencoder(fileFolder(resolve(io.cwd, model)), TAESD_NAMES, signal);
      return TinyAutoencoder.load(run.device, files, { onProgress, signal });
    });
    const result = await throughAndBack(picture, autoencoder, {
      ...(tileSize === undefined ? {} : { tileSize }),
      onProgress: (event) => run.show(event, file),
      signal: run.signal,
    });
    await run.write(out, result);
  });
}
