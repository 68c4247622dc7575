/** Lets a model write to standard output, and measures it. */

import type { BackendInfo, DeviceStats } from '@wick/core';
import type { SamplingOptions } from '@wick/models';
import { isWickError } from './failure.js';
import { type Io, OutputClosed } from './io.js';
import type { ChosenModel, TextModel } from './models.js';
import { ProgressLine } from './progress.js';
import type { Session } from './session.js';

export interface GenerationRequest {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly sampling: SamplingOptions;
  /** Whether progress is shown on standard error that is no terminal. */
  readonly progress: boolean;
}

/** Milliseconds of each phase; 0 for one that was not reached. */
export interface Times {
  readonly open: number;
  readonly load: number;
  /** From there to the first token. */
  readonly prompt: number;
  /** From the first token to the end. */
  readonly decode: number;
}

/** What is known after a generation, also after one that was cancelled or failed. */
export interface Generation {
  /**
   * `length`, `end`, `context`: as the model says. `cancelled`: by an interrupt; `closed`: nobody reads the
   * output any more; `failed`: see `failure`.
   */
  readonly end: 'length' | 'end' | 'context' | 'cancelled' | 'closed' | 'failed';
  readonly failure: unknown;
  readonly tokens: { readonly prompt: number; readonly generated: number };
  readonly parameterCount: number | undefined;
  readonly contextLength: number | undefined;
  readonly backend: BackendInfo;
  readonly milliseconds: Times;
  readonly stats: DeviceStats;
}

/** Loads the model and writes the prompt and what follows to standard output, as it comes. Never rejects. */
export async function generate(
  io: Io,
  { device, signal, openedIn }: Session,
  chosen: ChosenModel,
  request: GenerationRequest,
): Promise<Generation> {
  const clock = new Clock();
  const tokens = { prompt: 0, generated: 0 };
  let model: TextModel | undefined;
  let end: Generation['end'] = 'failed';
  let failure: unknown;
  const progress = new ProgressLine(io.stderr, request.progress);
  const stopObserving = device.observeCompilations((event) => progress.show(event));
  // Text stands where the line of progress does.
  const quieten = () => {
    stopObserving();
    progress.clear();
  };
  try {
    model = await chosen.load(device, { onProgress: (event) => progress.show(event), signal });
    progress.clear();
    clock.end('load');
    end = await writeText(io, model, request, signal, clock, tokens, quieten);
  } catch (thrown) {
    failure = thrown;
    if (thrown instanceof OutputClosed) end = 'closed';
    else if (isWickError(thrown) && thrown.code === 'CANCELLED') end = 'cancelled';
  } finally {
    quieten();
  }
  clock.end(clock.reached('prompt') ? 'decode' : clock.reached('load') ? 'prompt' : 'load');
  const { load, prompt, decode } = clock.milliseconds;
  const generation: Generation = {
    end,
    failure,
    tokens,
    parameterCount: model?.parameterCount,
    contextLength: model?.contextLength,
    backend: device.info,
    milliseconds: { open: openedIn, load, prompt, decode },
    stats: device.stats(),
  };
  model?.[Symbol.dispose]();
  return generation;
}

async function writeText(
  { stdout }: Io,
  model: TextModel,
  { prompt, maxTokens, sampling }: GenerationRequest,
  signal: AbortSignal,
  clock: Clock,
  tokens: { prompt: number; generated: number },
  beforeText: () => void,
): Promise<Generation['end']> {
  tokens.prompt = model.tokenizer.encode(prompt).length;
  let begun = false;
  // The prompt comes with the first token: a prompt that the model refuses leaves nothing behind.
  const begin = async () => {
    if (begun) return;
    begun = true;
    clock.end('prompt');
    beforeText();
    await stdout.write(prompt);
  };
  let end: Generation['end'] = 'failed';
  const stream = noting(model.generate(prompt, { maxTokens, sampling, signal }), ({ reason }) => {
    end = reason;
  });
  try {
    for await (const { text } of stream) {
      await begin();
      tokens.generated++;
      await stdout.write(text);
    }
    await begin();
    return end;
  } finally {
    if (begun && stdout.isTTY) await stdout.write('\n');
  }
}

/** A loop over a generator loses what it returns. */
async function* noting<T, R>(
  generator: AsyncGenerator<T, R, void>,
  note: (result: R) => void,
): AsyncGenerator<T, void, void> {
  note(yield* generator);
}

type Phase = 'load' | 'prompt' | 'decode';

/** Measures one phase after the other. */
class Clock {
  readonly milliseconds: Record<Phase, number> = { load: 0, prompt: 0, decode: 0 };
  readonly #reached = new Set<Phase>();
  #mark = performance.now();

  end(phase: Phase): void {
    const now = performance.now();
    this.milliseconds[phase] += now - this.#mark;
    this.#reached.add(phase);
    this.#mark = now;
  }

  reached(phase: Phase): boolean {
    return this.#reached.has(phase);
  }
}
