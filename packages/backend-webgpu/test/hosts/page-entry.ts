/**
 * The suite in a browser. A page offers `wickSuite`, which runs it there or in a worker; the worker runs
 * the same script.
 */

import type { HostRecord, HostRun } from './protocol.js';
import { runCases } from './suite-entry.js';

/** What the page offers to the test, and the test to the page. */
interface PageScope {
  wickSuite?: (run: HostRun, where: 'page' | 'worker') => Promise<void>;
  wickRecord?: (record: HostRecord) => void;
}

/** What a worker says. */
type FromWorker = { readonly record: HostRecord } | { readonly ended: true } | { readonly error: string };

const page = globalThis as PageScope;

if ('document' in globalThis) {
  page.wickSuite = (run, where) => {
    const report = (record: HostRecord) => page.wickRecord?.(record);
    return where === 'page' ? runCases(run, report) : runInWorker(run, report);
  };
} else {
  const say = (message: FromWorker) => postMessage(message);
  addEventListener('message', ({ data }: MessageEvent<HostRun>) => {
    runCases(data, (record) => say({ record })).then(
      () => say({ ended: true }),
      (thrown: unknown) => say({ error: String(thrown) }),
    );
  });
}

function runInWorker(run: HostRun, report: (record: HostRecord) => void): Promise<void> {
  const worker = new Worker('/script.js', { type: 'module' });
  return new Promise<void>((resolve, reject) => {
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if ('record' in data) report(data.record);
      else if ('ended' in data) resolve();
      else reject(new Error(data.error));
    };
    worker.postMessage(run);
  }).finally(() => worker.terminate());
}
