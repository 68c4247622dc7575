/** The benchmark's section of docs/performance.md. */

import type { BackendInfo } from '@wick/core';
import type { Circumstances } from '../report/results.js';
import { markdownTable } from '../report/tables.js';
import type { Measured } from './measure.js';

const milliseconds = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(3));

/** TFLOP/s, or GB/s of what is bound by memory. */
function rate({ work }: Measured['workload'], ms: number | undefined): string {
  if (ms === undefined) return '-';
  return 'flops' in work
    ? `${(work.flops / ms / 1e9).toFixed(1)} TFLOP/s`
    : `${(work.bytes / ms / 1e6).toFixed(0)} GB/s`;
}

export function resultTable(results: readonly Measured[]): string {
  return markdownTable(
    ['operation', 'ONNX Runtime, ms', '', 'Wick, ms', '', 'times as fast'],
    results.map(({ workload, wick, ort }) => [
      workload.name,
      milliseconds(ort),
      rate(workload, ort),
      milliseconds(wick),
      rate(workload, wick),
      ort === undefined ? '-' : `${(ort / wick).toFixed(2)}x`,
    ]),
  );
}

export interface Setting {
  readonly adapter: BackendInfo;
  readonly flags: readonly string[];
  readonly ortVersion: string | undefined;
  readonly circumstances: Circumstances;
}

export function section(results: readonly Measured[], setting: Setting): string {
  const { adapter, flags, ortVersion, circumstances } = setting;
  const { date, node, system, quick } = circumstances;
  const effort = quick ? ' Small shapes, a few rounds: these figures say nothing.' : '';
  const failed = results.flatMap(({ workload, ortError }) =>
    ortError === undefined ? [] : [`ONNX Runtime fails at "${workload.name}": ${ortError.split('\n')[0]}`],
  );
  return `## WebGPU beside ONNX Runtime

Measured on ${date} on ${adapter.vendor} ${adapter.device} (${adapter.driver}), with Node ${node}, ${system}, Dawn with \`${flags.join(' ') || 'no flags'}\`, and the WebGPU provider of ONNX Runtime ${ortVersion ?? '(not installed)'}.${effort} \`pnpm bench:webgpu\` measures anew.

Time of one operation: that of a long chain of it less that of a chain of two, over the operations between; data is on the card, first runs are left out, both take turns, and their results are compared. Wick's chains are compiled plans, replayed.

${resultTable(results)}
${failed.map((line) => `\n${line}\n`).join('')}`;
}
