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

export type DemoFlags = DeviceFlags & OutputFlags;

export interface DevicesFlags {
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface PlanFlags extends DeviceFlags, ModelFlags {
  readonly json?: boolean | undefined;
  readonly full?: boolean | undefined;
  readonly phase?: 'prompt' | 'decode' | undefined;
}

/** What each command does; it resolves to the exit code. */
export interface Handlers {
  run(model: string, flags: RunFlags): Promise<number>;
  demo(flags: DemoFlags): Promise<number>;
  devices(flags: DevicesFlags): Promise<number>;
  plan(model: string, flags: PlanFlags): Promise<number>;
}
