/** The section of docs/performance.md about a step of Stable Diffusion 1.5. */

import type { BackendInfo, DeviceStats, PlanFigures } from '@wick/core';
import type { Results } from '../report/results.js';
import { markdownTable } from '../report/tables.js';
import type { CardLayer, CardLayers } from './card.js';
import type { Times } from './measure.js';
import { measuredOn, ms } from './report.js';

export interface Sd15Times {
  readonly circumstances: Results['circumstances'];
  readonly backend: BackendInfo;
  readonly flags: readonly string[];
  readonly precision: string;
  readonly latents: number;
  readonly tiny: boolean;
  readonly figures: PlanFigures;
  readonly memory: DeviceStats['memory'];
  readonly time: Times;
  readonly layers: CardLayers | undefined;
  readonly ortVersion: string | undefined;
}

/** What stands between the markers `bench:sd15`. */
export function sd15Section(measured: Sd15Times): string {
  const { circumstances, backend, flags, precision, latents, tiny, figures, memory, time, layers } = measured;
  const set = flags.length === 0 ? '' : ` (\`${flags.join(' ')}\`)`;
  const size = tiny ? ', few channels, so these figures say nothing' : '';
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  const step = markdownTable(
    ['', 'measured'],
    [
      ['one step, fastest', ms(time.fastest)],
      [`one step, median of ${time.rounds}`, ms(time.median)],
      ['commands', `${figures.commands}`],
      ['submissions', `${figures.submissions}`],
      ['barriers', `${figures.barriers}`],
      ['temporaries, as placed', mib(figures.plannedBytes)],
      ['temporaries, largest live set', mib(figures.largestLiveBytes)],
      ['peak of the device, weights included', mib(memory.peakAllocatedBytes)],
    ],
  );
  return `## A step of Stable Diffusion 1.5

${measuredOn(circumstances)}, on ${backend.name}: ${backend.vendor} ${backend.device}, ${backend.driver}${set}. \`pnpm bench:pictures --sd15\` measures anew: random weights${size}, one picture with guidance, so a batch of two, latents of ${latents} x ${latents}, activations in ${precision}. A step is a replay of one plan, up to the largest magnitude of its latents being read back.

${step}${layers === undefined ? '' : `\n\n${layersPart(layers, measured)}`}`;
}

function layersPart({ layers, share }: CardLayers, { precision, ortVersion, time }: Sd15Times): string {
  const compared = layers.filter(({ measured }) => measured.ort !== undefined);
  const sum = (of: (layer: CardLayer) => number, over = layers): number =>
    over.reduce((total, layer) => total + layer.count * of(layer), 0);
  const wick = sum(({ measured }) => measured.wick);
  const beside = sum(({ measured }) => measured.wick, compared);
  const ort = sum(({ measured }) => measured.ort ?? 0, compared);
  const of = compared.length === layers.length ? '' : `, ${ms(beside)} of it compared`;
  const rows = layers.map(({ name, count, measured }) => [
    name,
    `${count}`,
    measured.ort?.toFixed(3) ?? '-',
    measured.wick.toFixed(3),
    measured.ort === undefined ? '-' : `${(measured.ort / measured.wick).toFixed(2)}x`,
  ]);
  return `Its layers one by one, in ${precision}, beside the WebGPU provider of ONNX Runtime ${ortVersion ?? '(not installed)'} on the same card: the kinds with the most work, which together do ${(share * 100).toFixed(1)}% of the multiply-adds of the step. Time of one: that of a long chain of it less that of a chain of two, over the layers between; every layer waits for the one before, both take turns, and their results are compared. Norms, activations, sums and copies between the layers are in the whole step only: ${ms(time.fastest)}, of which these layers would take ${ms(wick)}${of}.

${markdownTable(
  ['layer', 'times', 'ONNX Runtime, ms', 'Wick, ms', 'times as fast'],
  [
    ...rows,
    [
      'these together, each as often as it occurs',
      '',
      compared.length === 0 ? '-' : ort.toFixed(1),
      beside.toFixed(1),
      compared.length === 0 ? '-' : `${(ort / beside).toFixed(2)}x`,
    ],
  ],
)}${failures(layers)}`;
}

/** What ONNX Runtime failed with, once for each error. */
function failures(layers: readonly CardLayer[]): string {
  const names = new Map<string, string[]>();
  for (const { name, measured } of layers) {
    if (measured.ortError === undefined) continue;
    const [error] = measured.ortError.split('\n');
    names.set(error, [...(names.get(error) ?? []), `"${name}"`]);
  }
  return [...names].map(([error, at]) => `\n\nONNX Runtime fails at ${at.join(', ')}: ${error}`).join('');
}
