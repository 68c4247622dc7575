/** Registers the suite's cases as tests, though another host runs them. */

import type { ConformanceCase } from '@wick/conformance';
import { allCases } from '@wick/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampled } from '../../../../testing/hosts.js';
import {
  adapterName,
  CASE_TIMEOUT,
  type HostRecord,
  type HostRun,
  type Opened,
  type Result,
} from './protocol.js';
import { writeReport } from './write-report.js';

export interface RemoteSuiteOptions {
  /** Puts the cases to the host; resolves when it has answered for all of them. */
  readonly start: (
    run: HostRun,
    onRecord: (record: HostRecord) => void,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Of how many cases one is run where not all hosts are required. */
  readonly stride: number;
  /** Whether that holds where all hosts are required too: for a host whose two halves have all cases elsewhere. */
  readonly alwaysSampled?: boolean;
  /** Only cases that fulfil it. Default: all. */
  readonly only?: (given: ConformanceCase) => boolean;
  /** What the adapter is expected to have. */
  readonly float16: boolean;
  /** Name of the report, for a host that runs the whole suite; see `writeReport`. */
  readonly report?: string;
}

/** Milliseconds that a test waits: what its case may take, and what the host needs to start. */
const TEST_TIMEOUT = CASE_TIMEOUT + 30_000;

/** A test for every case that the host runs. A host that ends early fails those that it leaves behind. */
export function remoteSuite(options: RemoteSuiteOptions): void {
  const { start, stride, only = () => true, float16, alwaysSampled = false, report } = options;
  const all = allCases().filter(only);
  const cases = alwaysSampled ? all.filter((_, i) => i % stride === 0) : sampled(all, stride);
  const groups = grouped(cases);
  const names = [...groups.values()].flat().map(({ name }) => name);
  const answers = new Answers(names);
  const abort = new AbortController();
  let running: Promise<void> | undefined;

  let begun = 0;

  beforeAll(() => {
    begun = performance.now();
    running = start({ names }, (record) => answers.take(record), abort.signal).then(
      () => answers.end(new Error('the host ended without an answer')),
      (thrown: unknown) => answers.end(thrown),
    );
  });
  afterAll(async () => {
    abort.abort();
    await running;
    if (report !== undefined && answers.count === names.length) {
      writeReport(report, await answers.opened, await answers.all(), performance.now() - begun);
    }
  });

  it('opens', { timeout: TEST_TIMEOUT }, async ({ task }) => {
    const { host, backend } = await answers.opened;
    task.meta.host = { host, adapter: adapterName(backend.info) };
    expect(backend.info.name).toBe('webgpu');
    expect(backend.capabilities.float16).toBe(float16);
  });

  for (const [group, members] of groups) {
    describe(group, () => {
      for (const { name } of members) {
        it(name, { timeout: TEST_TIMEOUT }, async (context) => {
          const { status, reason, message } = await answers.of(name);
          if (status === 'skipped') context.skip(reason);
          if (status !== 'passed') throw new Error(message ?? status);
        });
      }
    });
  }

  it('answers for every case', async () => {
    await running;
    expect(answers.count).toBe(names.length);
    expect(names.length).toBeGreaterThan(0);
  });
}

/** What a host has said so far, and promises of what it has not. */
class Answers {
  readonly opened: Promise<Opened>;
  #open: PromiseWithResolvers<Opened>;
  readonly #results: ReadonlyMap<string, PromiseWithResolvers<Result>>;
  count = 0;

  constructor(names: readonly string[]) {
    this.#open = deferred();
    this.opened = this.#open.promise;
    this.#results = new Map(names.map((name) => [name, deferred()]));
  }

  of(name: string): Promise<Result> {
    const result = this.#results.get(name);
    if (result === undefined) throw new Error(`"${name}" was not asked for`);
    return result.promise;
  }

  /** Once every case has been answered. */
  all(): Promise<readonly Result[]> {
    return Promise.all([...this.#results.values()].map(({ promise }) => promise));
  }

  take(record: HostRecord): void {
    if (record.kind === 'opened') {
      this.#open.resolve(record);
      return;
    }
    this.count++;
    this.#results.get(record.name)?.resolve(record);
  }

  end(cause: unknown): void {
    this.#open.reject(cause);
    for (const { reject } of this.#results.values()) reject(cause);
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (cause: unknown) => void;
}

/** Node 20 has no `Promise.withResolvers`. */
function deferred<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (cause: unknown) => void = () => {};
  const promise = new Promise<T>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  promise.catch(() => {}); // a test that is not reached does not ask
  return { promise, resolve, reject };
}

function grouped(cases: readonly ConformanceCase[]): Map<string, ConformanceCase[]> {
  const groups = new Map<string, ConformanceCase[]>();
  for (const given of cases) groups.set(given.group, [...(groups.get(given.group) ?? []), given]);
  return groups;
}
