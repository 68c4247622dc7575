/** `wick diff`: the same work on two backends at once, compared command by command. */

import { resolve } from 'node:path';
import type { Difference, Lockstep } from '@wick/conformance';
import { type BackendLoader, configuredBackend, openDevice, type WickConfig, WickError } from '@wick/core';
import type { DiffFlags } from '../args/options.js';
import { loadBackend } from '../backends.js';
import { readConfig } from '../config.js';
import { saveDifference } from '../diff/save.js';
import { EXIT, isWickError, UsageError } from '../failure.js';
import { formatOutcome } from '../format/diff.js';
import type { Io } from '../io.js';
import { type ChooseModel, chooseModel, promptOf, type TextModel } from '../models.js';
import { ProgressLine } from '../progress.js';

/** What tests put in the place of the real things. */
export interface DiffParts {
  readonly load?: BackendLoader;
  readonly choose?: ChooseModel;
}

export async function diff(
  io: Io,
  command: string,
  name: string,
  flags: DiffFlags,
  { load = loadBackend, choose = chooseModel }: DiffParts = {},
): Promise<number> {
  if (command !== 'run') throw new UsageError(`diff compares what "run" does, not "${command}"`);
  const [first, second, ...others] = flags.backend ?? [];
  if (first === undefined || second === undefined || others.length > 0) {
    throw new UsageError('diff takes two backends: --backend A --backend B');
  }
  const model = choose(io, name, flags);
  const prompt = await promptOf(io, flags, model);
  const config = await readConfig(io, flags.config);
  const { lockstep } = await import('@wick/conformance');

  const progress = new ProgressLine(io.stderr, flags.progress ?? false);
  let compared = 0;
  const both = lockstep(backendOf(config, first, load), backendOf(config, second, load), {
    ...(flags.bisect === undefined ? {} : { bisect: flags.bisect }),
    ...(flags.tolerance === undefined ? {} : { tolerance: flags.tolerance }),
    onCompare: (commands, label) => {
      compared = commands;
      progress.show({ kind: 'compare', label, loaded: commands, total: undefined });
    },
  });
  const interrupt = new AbortController();
  let exitCode: number = EXIT.ok;
  const stop = io.onInterrupt((code) => {
    exitCode = code;
    interrupt.abort();
  });
  try {
    const device = await openDevice(both, config.device);
    try {
      const loaded = await model.load(device, { onProgress: () => {}, signal: interrupt.signal });
      await generate(loaded, prompt, flags.maxTokens, interrupt.signal);
    } catch (thrown) {
      const isOurs = both.outcome.difference !== undefined;
      const isStop = interrupt.signal.aborted && isWickError(thrown) && thrown.code === 'CANCELLED';
      if (!isOurs && !isStop) throw thrown;
    } finally {
      device.destroy();
    }
    progress.clear();
    return await tell(io, both, [first, second], flags.save, exitCode, compared);
  } finally {
    progress.clear();
    stop();
  }
}

function backendOf(config: WickConfig, name: string, load: BackendLoader) {
  return configuredBackend({ ...config, backend: name }, load);
}

/** Greedily, so that both backends are given the same tokens. */
async function generate(
  model: TextModel,
  prompt: string,
  maxTokens: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    const tokens = model.generate(prompt, { maxTokens, sampling: { temperature: 0 }, signal });
    for (let next = await tokens.next(); !next.done; next = await tokens.next());
  } finally {
    model[Symbol.dispose]();
  }
}

async function tell(
  io: Io,
  { outcome }: Lockstep,
  names: readonly [string, string],
  folder: string | undefined,
  exitCode: number,
  compared: number,
): Promise<number> {
  const { difference } = outcome;
  const saved = difference === undefined ? undefined : await save(io, difference, folder);
  await io.stdout.write(`${formatOutcome(outcome, names, saved)}\n`);
  if (exitCode !== EXIT.ok) return exitCode;
  if (compared === 0 && difference === undefined) {
    throw new WickError('INVALID_STATE', 'the model ran no command, so nothing was compared');
  }
  return difference === undefined ? EXIT.ok : EXIT.internal;
}

async function save(io: Io, difference: Difference, folder: string | undefined): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  await saveDifference(resolve(io.cwd, folder), difference);
  return folder;
}
