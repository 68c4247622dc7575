/** The section of docs/performance.md about picture models on the CPU. */

import type { Results } from '../report/results.js';
import type { LayerTimes, Times } from './measure.js';

type Circumstances = Results['circumstances'];

export interface NetworkTimes {
  readonly name: string;
  readonly time: Times;
  readonly layers: readonly LayerTimes[];
}

export const ms = (value: number): string => `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ms`;
export const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export function measuredOn({ date, node, system, cpu, cores, load }: Circumstances): string {
  return `Measured on ${date} with Node ${node}, ${system}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}`;
}

function layerTable({ name, time, layers }: NetworkTimes): string {
  const rows = layers.map(({ name: layer, count, work, wick, ort }) =>
    row(
      layer,
      `${count}`,
      ms(wick),
      ort === undefined ? '' : ms(ort),
      ort === undefined ? '' : `${(wick / ort).toFixed(1)}x`,
      `${(work / wick / 1e6).toFixed(2)}`,
    ),
  );
  const sum = (of: (layer: LayerTimes) => number): number =>
    layers.reduce((total, layer) => total + layer.count * of(layer), 0);
  const wick = sum((layer) => layer.wick);
  const compared = layers.every((layer) => layer.ort !== undefined);
  const ort = sum((layer) => layer.ort ?? 0);
  return [
    `${name}: ${ms(time.fastest)} at best, ${ms(time.median)} in the median of ${time.rounds}.`,
    '',
    row('layer', 'times', 'Wick, CPU', 'onnxruntime-web, wasm', 'Wick takes', 'Wick, G multiply-adds/s'),
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    row(
      'these together',
      '',
      ms(wick),
      compared ? ms(ort) : '',
      compared ? `${(wick / ort).toFixed(1)}x` : '',
      '',
    ),
  ].join('\n');
}

/** What stands between the markers `bench:pictures`. */
export function layersSection(
  networks: readonly NetworkTimes[],
  at: Circumstances,
  ort: string | undefined,
): string {
  const beside =
    ort === undefined ? '' : ` Beside it onnxruntime-web ${ort} with its wasm provider, one thread.`;
  return `## Picture models on the CPU

${measuredOn(at)}. \`pnpm bench:pictures\` measures anew. The CPU backend is the reference: plain loops in JavaScript on one thread, sums in float64.${beside} The layers are those that do nine tenths of the work, each by itself, the fastest of several runs; both take turns, and have to come to the same mean.

${networks.map(layerTable).join('\n\n')}`;
}
