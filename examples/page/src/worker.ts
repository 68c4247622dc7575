/** Everything that computes: a device, the models on it, one request after the other. */

import { cpu } from '@wick/backend-cpu';
import { webgpu } from '@wick/backend-webgpu';
import { type Device, openDevice, type Plan, toWickError } from '@wick/core';
import {
  fetchFolder,
  LanguageModel,
  type OnProgress,
  openDiffusionFolder,
  openModelFolder,
  type RgbImage,
  StableDiffusionPipeline,
} from '@wick/models';
import { viewPlan } from './plan-view.js';
import type { Answer, BackendName, DrawRequest, Request, WriteRequest } from './protocol.js';

const say = (answer: Answer, transfer: Transferable[] = []) => self.postMessage(answer, { transfer });
const onProgress: OnProgress = (progress) => say({ kind: 'progress', progress });

const BACKENDS = { webgpu: () => webgpu(), cpu: () => cpu() } as const;

class Session {
  #language: LanguageModel | undefined;
  #diffusion: StableDiffusionPipeline | undefined;
  #largest: Plan | undefined;

  private constructor(
    readonly device: Device,
    readonly models: string,
  ) {
    device.observePlans((plan) => {
      if (this.#largest === undefined || plan.order.length > this.#largest.order.length) this.#largest = plan;
    });
    device.observeCompilations(onProgress);
    void device.lost.then(({ reason, message }) => {
      if (reason === 'lost') say({ kind: 'failed', code: 'DEVICE_LOST', message });
    });
  }

  static async open(backend: BackendName, models: string): Promise<Session> {
    const device = await openDevice(BACKENDS[backend](), { trace: true });
    return new Session(device, models);
  }

  /** Writes text as it comes; returns the number of tokens. */
  async write(request: WriteRequest, signal: AbortSignal): Promise<number> {
    const { prompt, maxTokens, temperature, seed } = request;
    this.#language ??= await LanguageModel.load(
      this.device,
      await openModelFolder(fetchFolder(`${this.models}/shakespeare-char`, { onProgress, signal })),
      { onProgress, signal },
    );
    this.#largest = undefined;
    say({ kind: 'text', text: prompt });
    let tokens = 0;
    const sampling = { temperature, topK: 20, seed };
    for await (const { text } of this.#language.generate(prompt, { maxTokens, sampling, signal })) {
      say({ kind: 'text', text });
      if (tokens++ % 16 === 0) this.report();
    }
    return tokens;
  }

  async draw({ prompt, steps, guidance, seed }: DrawRequest, signal: AbortSignal): Promise<void> {
    this.#diffusion ??= await StableDiffusionPipeline.load(
      this.device,
      await openDiffusionFolder(fetchFolder(`${this.models}/shapes-diffusion`, { onProgress, signal })),
      { onProgress, signal },
    );
    this.#largest = undefined;
    const [picture] = await this.#diffusion.draw({
      prompts: [prompt],
      steps,
      guidance,
      seed,
      signal,
      onProgress,
      onStep: async ({ step, preview }) => {
        if (step % 3 === 0 && step < steps) for (const image of await preview()) show(image, step, steps);
      },
    });
    if (picture !== undefined) show(picture, steps, steps);
  }

  report(): void {
    const { work, memory } = this.device.stats();
    const { dispatches, passes, barriers, submissions, plans, replays } = work;
    const { peakPlannedBytes: plannedBytes, peakUnplannedBytes: unplannedBytes } = memory;
    say({
      kind: 'figures',
      figures: { dispatches, passes, barriers, submissions, plans, replays, plannedBytes, unplannedBytes },
    });
    if (this.#largest !== undefined) say({ kind: 'plan', plan: viewPlan(this.#largest) });
  }

  close(): void {
    this.#language?.[Symbol.dispose]();
    this.#diffusion?.[Symbol.dispose]();
    this.device.destroy();
  }
}

function show({ width, height, data }: RgbImage, step: number, steps: number): void {
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
  say({ kind: 'picture', width, height, pixels, step, steps }, [pixels.buffer]);
}

let session: Session | undefined;
let stop = new AbortController();
/** Requests wait for each other; `stop` overtakes. */
let queue: Promise<void> = Promise.resolve();

async function perform(request: Request): Promise<void> {
  if (request.kind === 'open') {
    session?.close();
    session = undefined;
    session = await Session.open(request.backend, request.models);
    say({ kind: 'opened', info: session.device.info });
    return;
  }
  if (session === undefined || request.kind === 'stop') return;
  if (request.kind === 'trace') {
    say({ kind: 'trace', json: JSON.stringify(session.device.trace.toChromeTrace('wick')) });
    return;
  }
  const start = performance.now();
  try {
    const tokens =
      request.kind === 'write'
        ? await session.write(request, stop.signal)
        : await session.draw(request, stop.signal).then(() => 0);
    say({ kind: 'done', milliseconds: performance.now() - start, tokens });
  } finally {
    session.report();
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'stop' || data.kind === 'open') {
    stop.abort();
    stop = new AbortController();
  }
  queue = queue.then(() =>
    perform(data).catch((thrown: unknown) => {
      const { code, message } = toWickError(thrown, 'INVALID_STATE', 'the worker failed');
      say({ kind: 'failed', code, message });
    }),
  );
});
