/** The second half of `wick demo`: a picture of a prompt. */

import { formatPictureDemo } from '../format/picture-demo.js';
import type { Io } from '../io.js';
import { ProgressLine } from '../progress.js';
import type { Session } from '../session.js';
import { writePicture } from './files.js';

const PROMPT = 'a green star left of a red heart';
const OPTIONS = { steps: 15, guidance: 4, seed: 7 };

/** Draws on the device of a session and shows what it took; tests put another function here. */
export type DrawDemo = (io: Io, session: Session, file: string) => Promise<void>;

/** @throws WickError as `PictureModel.draw`, and `BAD_FILE` when the picture cannot be written */
export const drawDemo: DrawDemo = async (io, { device, signal }, file) => {
  const [{ loadPictureModel }, { embeddedModelPath, openPictureModel }] = await Promise.all([
    import('@wick/models'),
    import('@wick/models/node'),
  ]);
  const progress = new ProgressLine(io.stderr, false);
  const onProgress = (event: Parameters<ProgressLine['show']>[0]) => progress.show(event);
  const before = device.stats();
  const begun = performance.now();
  try {
    const opened = await openPictureModel(embeddedModelPath('shapes'), { signal });
    using model = await loadPictureModel(device, opened, { onProgress, signal });
    const loaded = performance.now();
    const [picture] = await model.draw({
      prompts: [PROMPT],
      ...OPTIONS,
      signal,
      onProgress: (event) => progress.show({ ...event, label: JSON.stringify(PROMPT) }),
    });
    const drawn = performance.now();
    progress.clear();
    await writePicture(io, file, picture, signal);
    const { width, height } = picture;
    const text = formatPictureDemo({
      prompt: PROMPT,
      file,
      width,
      height,
      steps: OPTIONS.steps,
      backend: device.info.name,
      milliseconds: { load: loaded - begun, draw: drawn - loaded },
      before,
      after: device.stats(),
    });
    await io.stdout.write(`${text}\n`);
  } finally {
    progress.clear();
  }
};
