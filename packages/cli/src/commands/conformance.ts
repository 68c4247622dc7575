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
  const { filter, seeds, firstSeed, exclusions } = flags;
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
      seeds,
      firstSeed,
      signal: interrupt.signal,
      onProgress: (event) => showCase(io, progress, event, flags.progress ?? false),
    });
    progress.clear();
    const ran = Object.values(report.counts).some((count) => count > 0);
    if (!ran && filter !== undefined && !interrupt.signal.aborted) {
      throw new UsageError(`no case has "${filter}" in its name or its group`);
    }
    await io.stdout.write(`${formatReport(report)}\n`);
    await writeReports(io, report, flags);
    if (exitCode !== EXIT.ok) return exitCode;
    return report.conforms ? EXIT.ok : EXIT.internal;
  } finally {
    progress.clear();
    stop();
  }
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

/** @throws WickError `BAD_FILE` */
async function readExclusions(io: Io, file: string): Promise<ExclusionLists> {
  const bad = (what: string, cause?: unknown) =>
    new WickError('BAD_FILE', `${file}: ${what}`, { label: file, cause });
  let text: string;
  try {
    text = await readFile(resolve(io.cwd, file), 'utf8');
  } catch (cause) {
    throw bad(reasonOf(cause), cause);
  }
  const { parseExclusions } = await import('@wick/conformance');
  try {
    return parseExclusions(JSON.parse(text));
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
