/** `wick conformance`: the suite is put to one backend. */

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ConformanceCase, ConformanceReport, ExclusionLists, SuiteProgress } from '@wick/conformance';
import { type BackendLoader, configuredBackend, type WickConfig, WickError } from '@wick/core';
import type { ConformanceFlags } from '../args/options.js';
import { loadBackend } from '../backends.js';
import { readConfig } from '../config.js';
import { EXIT, reasonOf, UsageError } from '../failure.js';
import { formatReport } from '../format/conformance.js';
import type { Io } from '../io.js';
import { ProgressLine } from '../progress.js';

/** What tests put in the place of the real things. */
export interface ConformanceParts {
  readonly load?: BackendLoader;
  readonly cases?: readonly ConformanceCase[];
}

export async function conformance(
  io: Io,
  flags: ConformanceFlags,
  { load = loadBackend, cases }: ConformanceParts = {},
): Promise<number> {
  const { filter, seeds, firstSeed, timeout, shard, exclusions, merge } = flags;
  if (merge !== undefined) return mergeFiles(io, merge, flags);
  const found = await readConfig(io, flags.config);
  const config: WickConfig = flags.backend === undefined ? found : { ...found, backend: flags.backend };
  const lists = exclusions === undefined ? {} : await readExclusions(io, exclusions);
  const { runSuite } = await import('@wick/conformance');

  const interrupt = new AbortController();
  let exitCode: number = EXIT.ok;
  const stop = io.onInterrupt((code) => {
    exitCode = code;
    interrupt.abort();
  });
  const progress = new ProgressLine(io.stderr, flags.progress ?? false);
  try {
    const report = await runSuite({
      ...configuredBackend(config, load),
      ...lists,
      ...(cases === undefined ? {} : { cases }),
      ...(filter === undefined ? {} : { filter }),
      ...(shard === undefined ? {} : { shard }),
      seeds,
      firstSeed,
      ...(timeout === undefined ? {} : { timeout }),
      signal: interrupt.signal,
      onProgress: (event) => showCase(io, progress, event, flags.progress ?? false),
    });
    progress.clear();
    const ran = Object.values(report.counts).some((count) => count > 0);
    if (!ran && filter !== undefined && shard === undefined && !interrupt.signal.aborted) {
      throw new UsageError(`no case has "${filter}" in its name or its group`);
    }
    const verdict = await show(io, report, flags);
    return exitCode === EXIT.ok ? verdict : exitCode;
  } finally {
    progress.clear();
    stop();
  }
}

/** Puts the reports of shards together. Throws `BAD_FILE` and `INVALID_ARGUMENT`. */
async function mergeFiles(io: Io, files: readonly string[], flags: ConformanceFlags): Promise<number> {
  for (const name of ['backend', 'filter', 'shard', 'exclusions'] as const) {
    if (flags[name] !== undefined) throw new UsageError(`--merge runs nothing, so --${name} means nothing`);
  }
  const { mergeReports, parseReport } = await import('@wick/conformance');
  const reports = await Promise.all(files.map((file) => readJson(io, file, parseReport)));
  return show(io, mergeReports(reports), flags);
}

/** Prints a report and writes its files; returns the exit code that it stands for. */
async function show(io: Io, report: ConformanceReport, flags: ConformanceFlags): Promise<number> {
  await io.stdout.write(`${formatReport(report)}\n`);
  await writeReports(io, report, flags);
  return report.conforms ? EXIT.ok : EXIT.internal;
}

/** How often progress is told where there is no terminal to draw it on. */
const LINES = 20;

function showCase(io: Io, progress: ProgressLine, event: SuiteProgress, wanted: boolean): void {
  const { loaded, total, label } = event;
  progress.show(event, loaded / total);
  const every = Math.max(1, Math.round(total / LINES));
  if (!wanted || io.stderr.isTTY || loaded === 0 || loaded % every !== 0) return;
  void io.stderr.write(`case ${loaded} of ${total}, ${label}\n`);
}

async function writeReports(io: Io, report: ConformanceReport, { json, html }: ConformanceFlags) {
  if (json === undefined && html === undefined) return;
  const [{ writeFileWhole }, { reportHtml }] = await Promise.all([
    import('@wick/models/node'),
    import('@wick/conformance'),
  ]);
  const text = new TextEncoder();
  if (json !== undefined) {
    await writeFileWhole(resolve(io.cwd, json), text.encode(`${JSON.stringify(report, undefined, 2)}\n`));
  }
  if (html !== undefined) await writeFileWhole(resolve(io.cwd, html), text.encode(reportHtml(report)));
}

async function readExclusions(io: Io, file: string): Promise<ExclusionLists> {
  const { parseExclusions } = await import('@wick/conformance');
  return readJson(io, file, parseExclusions);
}

/**
 * @param parse throws where the value is not what it should be
 * @throws WickError `BAD_FILE`
 */
async function readJson<T>(io: Io, file: string, parse: (value: unknown) => T): Promise<T> {
  const bad = (what: string, cause?: unknown) =>
    new WickError('BAD_FILE', `${file}: ${what}`, { label: file, cause });
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, file), 'utf8');
  } catch (cause) {
    throw bad(reasonOf(cause), cause);
  }
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
