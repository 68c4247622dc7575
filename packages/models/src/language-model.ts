/** A language model as a program uses it: text in, text out, token by token. */

import { type Device, ReplayParam, WickError } from '@wick/core';
import { type Compiled, compile, type Tensor, tensor } from '@wick/tensor';
import { throwIfCancelled } from './cancel.js';
import { KeyValueCache } from './llama/cache.js';
import { Llama } from './llama/llama.js';
import type { ModelFiles } from './model-files.js';
import type { OnProgress } from './progress.js';
import { checkSampling, type SamplingOptions, sample } from './sampling/sample.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

/** Options of `LanguageModel.load`. */
export interface LoadModelOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of `LanguageModel.generate`. */
export interface GenerateOptions {
  /** Most tokens that are generated. */
  readonly maxTokens: number;
  /** Default: the most likely token always. */
  readonly sampling?: SamplingOptions;
  /** Ends the generation with `CANCELLED`, after the token under way. */
  readonly signal?: AbortSignal | undefined;
}

/** One generated token. */
export interface GeneratedToken {
  readonly id: number;
  /** What it adds to the text; empty while a character is not complete. */
  readonly text: string;
}

/** How a generation ended. */
export interface GenerationSummary {
  readonly promptTokens: number;
  readonly tokens: number;
  /** `length`: as many tokens as asked for; `end`: the model said so; `context`: it is full. */
  readonly reason: 'length' | 'end' | 'context';
}

const GREEDY: SamplingOptions = { temperature: 0 };

/** Longest part of a prompt that goes through the network at once, in tokens. */
const PROMPT_CHUNK = 512;

export class LanguageModel implements Disposable {
  private constructor(
    /** Where it was loaded from. */
    readonly name: string,
    readonly network: Llama,
    readonly tokenizer: Tokenizer,
  ) {}

  /**
   * Loads a model onto a device and closes its files.
   *
   * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    files: ModelFiles,
    options: LoadModelOptions = {},
  ): Promise<LanguageModel> {
    const { config, weights, tokenizer, ropeFactors, label } = files;
    try {
      const network = await Llama.load(device, config, weights, { ...options, ropeFactors });
      return new LanguageModel(label, network, tokenizer);
    } finally {
      await weights.close();
    }
  }

  get device(): Device {
    return this.network.device;
  }

  /** Most tokens of a text, prompt included. */
  get contextLength(): number {
    return this.network.config.contextLength;
  }

  get parameterCount(): number {
    return this.network.parameterCount;
  }

  /**
   * The logits of every position of a text, [ids.length, vocabularySize] row-major.
   *
   * @throws WickError `INVALID_ARGUMENT` for no ids, an id outside the vocabulary, or more than the context
   */
  async logits(
    ids: readonly number[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Float32Array> {
    this.#checkIds(ids);
    using logits = this.device.run(() => this.network.forward(...this.#inputs(ids, 0)), { label: 'forward' });
    return (await logits.data(options)) as Float32Array;
  }

  /**
   * Continues `prompt`. The prompt goes through the network once; every further token is one replay of a
   * compiled step. Equal options give equal text.
   *
   * @throws WickError `INVALID_ARGUMENT` (an empty or too long prompt, unusable options), `CANCELLED`,
   * `BAD_OUTPUT` where logits are NaN
   */
  async *generate(
    prompt: string,
    options: GenerateOptions,
  ): AsyncGenerator<GeneratedToken, GenerationSummary, void> {
    const { maxTokens, signal } = options;
    if (!Number.isSafeInteger(maxTokens) || maxTokens < 0) {
      throw new WickError('INVALID_ARGUMENT', `${maxTokens} is no number of tokens`);
    }
    const sampling = checkSampling(options.sampling ?? GREEDY);
    const ids = this.tokenizer.encode(prompt);
    this.#checkIds(ids);
    const endIds = new Set([...this.network.config.eosIds, ...this.tokenizer.eosIds]);
    const summary = (tokens: number, reason: GenerationSummary['reason']) => ({
      promptTokens: ids.length,
      tokens,
      reason,
    });
    if (maxTokens === 0) return summary(0, 'length');
    const capacity = Math.min(this.contextLength, ids.length + maxTokens);
    using cache = new KeyValueCache(this.device, this.network.config, capacity);
    const stream = this.tokenizer.stream();
    // The kernels of the tokens behind the first compile while the prompt's do: text that has begun flows.
    // Second, so that what empties the cache is submitted with the prompt and not before it.
    const first = this.#readPrompt(ids, cache, signal);
    const warming = maxTokens === 1 ? undefined : this.#warmUpStep(cache, signal);
    warming?.catch(() => {}); // the prompt may fail before anybody waits
    let logits = await first;
    await warming;
    let step: Compiled<'ids' | 'positions', 'logits'> | undefined;
    try {
      for (let tokens = 0; ; ) {
        throwIfCancelled(signal, 'Generating');
        const id = sample(logits, sampling, tokens);
        if (endIds.has(id)) return summary(tokens, 'end');
        tokens++;
        const last = tokens === maxTokens || ids.length + tokens > this.contextLength;
        yield { id, text: stream.push(id) + (last ? stream.end() : '') };
        if (tokens === maxTokens) return summary(tokens, 'length');
        if (ids.length + tokens > this.contextLength) return summary(tokens, 'context');
        step ??= this.#compileStep(cache);
        logits = await this.#decode(step, id, ids.length + tokens - 1, signal);
      }
    } finally {
      step?.dispose();
    }
  }

  /** Sends the prompt through the network in parts; returns the logits after its last token. */
  async #readPrompt(
    ids: readonly number[],
    cache: KeyValueCache,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    for (let first = 0; ; first += PROMPT_CHUNK) {
      throwIfCancelled(signal, 'Reading the prompt');
      const part = ids.slice(first, first + PROMPT_CHUNK);
      const forward = () =>
        this.network.forward(...this.#inputs(part, first), { cache, position: first, lastOnly: true });
      using logits = this.device.run(forward, { label: 'prompt' });
      if (first + part.length === ids.length) return (await logits.data(reading(signal))) as Float32Array;
    }
  }

  /** Compiles what `#compileStep` will need. */
  #warmUpStep(cache: KeyValueCache, signal: AbortSignal | undefined): Promise<void> {
    const position = new ReplayParam('position', 0);
    const forward = () => void this.network.forward(...this.#inputs([0], 0), { cache, position });
    return this.device.warmUp(forward, reading(signal));
  }

  /** One token's forward pass, recorded and planned once. */
  #compileStep(cache: KeyValueCache): Compiled<'ids' | 'positions', 'logits'> {
    const position = new ReplayParam('position', 0);
    const inputs = {
      ids: { shape: [1, 1], dtype: 'int32', host: true },
      positions: { shape: [1], dtype: 'int32', host: true },
    } as const;
    return compile(
      this.device,
      inputs,
      ({ ids, positions }) => ({ logits: this.network.forward(ids, positions, { cache, position }) }),
      { label: 'decode' },
    );
  }

  async #decode(
    step: Compiled<'ids' | 'positions', 'logits'>,
    id: number,
    position: number,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const inputs = { ids: Int32Array.of(id), positions: Int32Array.of(position) };
    using logits = step.run(inputs, { position }).logits;
    return (await logits.data(reading(signal))) as Float32Array;
  }

  /** Token ids [1, length] and their positions [length], from `first` on. */
  #inputs(ids: readonly number[], first: number): [Tensor, Tensor] {
    const positions = Int32Array.from(ids, (_, i) => first + i);
    return [
      tensor(this.device, Int32Array.from(ids), [1, ids.length], { label: 'ids' }),
      tensor(this.device, positions, [ids.length], { label: 'positions' }),
    ];
  }

  #checkIds(ids: readonly number[]): void {
    const { vocabularySize } = this.network.config;
    if (ids.length === 0) throw new WickError('INVALID_ARGUMENT', 'the prompt is empty');
    if (ids.length > this.contextLength) {
      throw new WickError(
        'INVALID_ARGUMENT',
        `the prompt has ${ids.length} tokens, the context of ${this.name} ${this.contextLength}`,
      );
    }
    const bad = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (bad !== undefined) {
      throw new WickError('INVALID_ARGUMENT', `token ${bad} is outside the vocabulary of ${vocabularySize}`);
    }
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.network[Symbol.dispose]();
  }
}

function reading(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
