/** `wick upscale`: a picture, enlarged by a super-resolution network. */

import { resolve } from 'node:path';
import type { TiledFlags } from '../args/options.js';
import type { Io } from '../io.js';
import { checkWritable, outputNames, readPicture } from '../pictures/files.js';
import { withPictureRun } from '../pictures/run.js';

export async function upscale(io: Io, file: string, flags: TiledFlags): Promise<number> {
  const { model, out, tile: tileSize } = flags;
  await checkWritable(io, outputNames(out, 1));
  const picture = await readPicture(io, file);
  const [
    { openUpscaleModel, Upscaler, upscale: enlarge },
    { defaultUpscaleModelPath, fileFolder, UPSCALE_PACKAGE },
  ] = await Promise.all([import('@wick/models'), import('@wick/models/node')]);
  const path = model === undefined ? defaultUpscaleModelPath() : resolve(io.cwd, model);
  const request = { model: model ?? UPSCALE_PACKAGE, options: { picture: file, tile: tileSize } };
  return withPictureRun(io, flags, request, async (run) => {
    using upscaler = await run.load(async ({ onProgress, signal }) =>
      Upscaler.load(run.device, await openUpscaleModel(fileFolder(path), signal), { onProgress, signal }),
    );
    const result = await enlarge(picture, upscaler, {
      ...(tileSize === undefined ? {} : { tileSize }),
      onProgress: (event) => run.show(event, file),
      signal: run.signal,
    });
    await run.write(out, result);
  });
}
