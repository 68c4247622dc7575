/** The options of each command, as the command line gives them. */

/** Which backend, and how it is set up. */
export interface DeviceFlags {
  readonly backend?: readonly string[] | undefined;
  readonly config?: string | undefined;
}

/** What a run leaves behind beside its text. */
export interface OutputFlags {
  readonly stats?: boolean | undefined;
  readonly trace?: string | undefined;
  readonly gputrace?: string | undefined;
  readonly progress?: boolean | undefined;
}

/** Which model, and what it continues. */
export interface ModelFlags {
  readonly model?: string | undefined;
  readonly prompt?: string | undefined;
}

export interface SamplingFlags {
  readonly greedy?: boolean | undefined;
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
}

export interface RunFlags extends DeviceFlags, OutputFlags, ModelFlags, SamplingFlags {
  readonly maxTokens: number;
}

export interface DemoFlags extends DeviceFlags, OutputFlags {
  /** PNG file that the picture is written to. */
  readonly out?: string | undefined;
}

export interface DevicesFlags {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface PlanFlags extends DeviceFlags, ModelFlags {
  readonly json?: boolean | undefined;
  readonly full?: boolean | undefined;
  readonly phase?: 'prompt' | 'decode' | undefined;
}

/** What the commands about pictures have in common. */
export interface PictureFlags extends DeviceFlags, OutputFlags {
  /** PNG file that is written. */
  readonly out: string;
  readonly model?: string | undefined;
}

export interface ImagineFlags extends PictureFlags {
  readonly prior?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly negative?: string | undefined;
  readonly batch?: string | undefined;
  readonly batchSize?: number | undefined;
  readonly steps?: number | undefined;
  readonly decoderSteps?: number | undefined;
  readonly guidance?: number | undefined;
  readonly scheduler?: string | undefined;
  readonly eta?: number | undefined;
  readonly seed?: number | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly image?: string | undefined;
  readonly strength?: number | undefined;
  readonly preview?: number | undefined;
  readonly precision?: 'float32' | 'float16' | undefined;
}

export interface TiledFlags extends PictureFlags {
  readonly tile?: number | undefined;
}

export interface ConformanceFlags extends DeviceFlags {
  readonly filter?: string | undefined;
  readonly seeds: number;
  readonly firstSeed: number;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly shard?: { readonly index: number; readonly count: number } | undefined;
  readonly exclusions?: string | undefined;
  /** Reports of shards that are put together, instead of a run. */
  readonly merge?: readonly string[] | undefined;
  readonly json?: string | undefined;
  readonly html?: string | undefined;
  readonly progress?: boolean | undefined;
}

export interface DiffFlags extends DeviceFlags, ModelFlags {
  readonly maxTokens: number;
  readonly bisect?: boolean | undefined;
  readonly tolerance?: number | undefined;
  readonly save?: string | undefined;
  readonly progress?: boolean | undefined;
}

/** What each command does; it resolves to the exit code. */
export interface Handlers {
  run(model: string, flags: RunFlags): Promise<number>;
  demo(flags: DemoFlags): Promise<number>;
  devices(flags: DevicesFlags): Promise<number>;
  plan(model: string, flags: PlanFlags): Promise<number>;
  conformance(flags: ConformanceFlags): Promise<number>;
  diff(command: string, model: string, flags: DiffFlags): Promise<number>;
  imagine(prompts: readonly string[], flags: ImagineFlags): Promise<number>;
  reconstruct(picture: string, flags: TiledFlags): Promise<number>;
  upscale(picture: string, flags: TiledFlags): Promise<number>;
}
