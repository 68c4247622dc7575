/** What commands that make pictures have in common: a device, progress, figures at the end. */

import type { Device } from '@wick/core';
import type { DrawWarning, OnProgress, RgbImage } from '@wick/models';
import type { DeviceFlags, OutputFlags } from '../args/options.js';
import { isWickError } from '../failure.js';
import { formatPictureStats, type PictureReport, type PictureRequest } from '../format/picture-stats.js';
import type { Io } from '../io.js';
import { ProgressLine } from '../progress.js';
import { type Session, withSession } from '../session.js';
import { writePicture } from './files.js';

/** One run of a command that makes pictures. */
export class PictureRun {
  readonly device: Device;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly #io: Io;
  readonly #openedIn: number;
  readonly #progress: ProgressLine;
  readonly #begun = performance.now();
  #loadedIn: number | undefined;
  #parameterCount: number | undefined;
  #pictures = 0;
  readonly #said = new Set<string>();

  constructor(io: Io, { device, signal, openedIn }: Session, progress: boolean) {
    this.device = device;
    this.signal = signal;
    this.#io = io;
    this.#openedIn = openedIn;
    this.#progress = new ProgressLine(io.stderr, progress);
    device.observeCompilations((event) => this.#progress.show(event));
  }

  /**
   * Draws progress.
   *
   * @param label in place of the event's own
   * @param fraction of the whole work that is done, where an event is about a part of it
   */
  show(event: Parameters<OnProgress>[0], label = event.label, fraction?: number): void {
    this.#progress.show({ ...event, label }, fraction);
  }

  /** Loads what the pictures are made with, and measures it. */
  async load<T extends { readonly parameterCount: number }>(
    load: (options: { onProgress: OnProgress; signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const begun = performance.now();
    const loaded = await load({ onProgress: (event) => this.show(event), signal: this.signal });
    this.#loadedIn = performance.now() - begun;
    this.#parameterCount = loaded.parameterCount;
    return loaded;
  }

  /** Says once what the user should know although the work goes on. */
  async warn({ tokens, limit, dropped, prompt }: DrawWarning): Promise<void> {
    if (this.#said.has(prompt)) return;
    this.#said.add(prompt);
    this.#progress.clear();
    await this.#io.stderr.write(
      `wick: the prompt has ${tokens} tokens, and ${limit} fit: ${JSON.stringify(dropped)} is not drawn\n`,
    );
  }

  /** Writes a picture, whole or not at all, and says its name. */
  async write(file: string, picture: RgbImage): Promise<void> {
    await this.#write(file, picture);
    this.#pictures++;
  }

  /** Writes what a picture looks like so far. */
  async writePreview(file: string, picture: RgbImage): Promise<void> {
    await this.#write(file, picture);
  }

  async #write(file: string, picture: RgbImage): Promise<void> {
    this.#progress.clear();
    await writePicture(this.#io, file, picture, this.signal);
    await this.#io.stdout.write(`${file}\n`);
  }

  finish(end: PictureReport['end']): PictureReport {
    this.#progress.clear();
    const spent = performance.now() - this.#begun;
    const load = this.#loadedIn ?? spent;
    return {
      end,
      parameterCount: this.#parameterCount,
      pictures: this.#pictures,
      milliseconds: { open: this.#openedIn, load, work: spent - load },
      backend: this.device.info,
      stats: this.device.stats(),
    };
  }
}

/** Opens the configured device for `work`; `--stats` comes last, however it ended. Returns the exit code. */
export async function withPictureRun(
  io: Io,
  flags: DeviceFlags & OutputFlags,
  request: PictureRequest,
  work: (run: PictureRun) => Promise<void>,
): Promise<number> {
  let report: PictureReport | undefined;
  try {
    return await withSession(io, flags, async (session) => {
      const run = new PictureRun(io, session, flags.progress ?? false);
      let end: PictureReport['end'] = 'failed';
      try {
        await work(run);
        end = 'done';
      } catch (thrown) {
        if (session.signal.aborted && isWickError(thrown) && thrown.code === 'CANCELLED') end = 'cancelled';
        throw thrown;
      } finally {
        report = run.finish(end);
      }
    });
  } finally {
    if (flags.stats && report !== undefined) {
      await io.stderr.write(`${formatPictureStats(request, report)}\n`);
    }
  }
}
