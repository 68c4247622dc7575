/** What any picture model can be asked for. */

import type { SchedulerName } from '../diffusion/config/scheduler.js';
import type { DrawWarning } from '../diffusion/pipeline/options.js';
import type { RgbImage } from '../image/image.js';
import type { OnProgress } from '../progress.js';

/** A step that was just done. */
export interface PictureStep {
  /** From 1. Würstchen counts the steps of its prior and of its decoder apart. */
  readonly step: number;
  readonly steps: number;
  /** What the pictures look like so far; undefined in Würstchen's prior, which draws no pictures yet. */
  readonly preview: (() => Promise<RgbImage[]>) | undefined;
}

/** Options of `PictureModel.draw`; what is left out has the default of the model's pipeline. */
export interface PictureOptions {
  /** One picture is drawn for each. */
  readonly prompts: readonly string[];
  /** What is not wanted in any of them. */
  readonly negativePrompt?: string | undefined;
  /** Würstchen: those of the prior. */
  readonly steps?: number | undefined;
  /** Würstchen only. */
  readonly decoderSteps?: number | undefined;
  readonly guidance?: number | undefined;
  /** Picture i is drawn from `seed + i`. */
  readonly seed?: number | undefined;
  /** Pixels. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Stable Diffusion only, like what follows. */
  readonly scheduler?: SchedulerName | undefined;
  readonly eta?: number | undefined;
  /** A picture to begin with. */
  readonly image?: RgbImage | undefined;
  readonly strength?: number | undefined;
  readonly precision?: 'float32' | 'float16' | undefined;
  /** Receives `step` events. */
  readonly onProgress?: OnProgress | undefined;
  readonly onWarning?: ((warning: DrawWarning) => void) | undefined;
  /** Called after each step; the next one waits for it. */
  readonly onStep?: ((step: PictureStep) => void | Promise<void>) | undefined;
  /** Ends the drawing with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}
