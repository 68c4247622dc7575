/** The report as a page, and the part of it that stands in the README. */

import type { Results } from './results.js';
import { dispatchTable, medianTable, planSummary, planTable, stepTable, targetTable } from './tables.js';
import { growth } from './targets.js';

function circumstancesOf({ circumstances }: Results): string {
  const { date, node, system, cpu, cores, load, quick } = circumstances;
  const effort = quick ? ' A few rounds only: these figures say nothing.' : '';
  return `Measured on ${date} with Node ${node}, ${system}, ${cpu}, ${cores} cores, load ${load.toFixed(1)}.${effort}`;
}

const DISPATCHES =
  'Microseconds per dispatch on the null backend, the fastest of many rounds. The naive encoder makes the same checks and takes memory from the same kind of pool, then encodes every dispatch at once in a pass of its own.';

/** What stands in `docs/performance.md` between the markers of `pnpm bench`. */
export function performancePage(results: Results): string {
  return `# Performance of the scheduling core

${circumstancesOf(results)} \`pnpm bench\` measures anew and writes this page; the programs are in [bench/](../bench).

## Targets

${targetTable(results)}

## Cost of a dispatch

${DISPATCHES} The work is a transformer's: 15 dispatches a layer, 3 or 4 bindings and 16 to 128 bytes of parameters each, results in temporaries. "Submit" is everything after planning: encoding, memory, submission, completion. "Replay" is a compiled plan, run again with another input. In every round the three take turns.

${dispatchTable(results)}

Median against median, with what the garbage collector and other programs took:

${medianTable(results)}

${growthText(results)}

## Barriers and memory

The same recordings, planned with different options. Look-ahead 1 keeps program order, 64 is the default. Placement \`apart\` gives every temporary memory of its own, \`tight\` the smallest memory whatever barriers that costs, \`share\` (the default) shares where it costs no barrier. The last column is memory over the largest set of temporaries that are alive together in that order, below which no placement can go.

${planTable(results)}

The Llama is the embedded model. The UNet is Stable Diffusion 1.5's in every size, two latents of 64 x 64 with guidance, in float16, recorded as a plain port would: norms in float32, biases apart.

## A UNet step

${stepTable(results)}
`;
}

/** What the README shows between its markers. */
export function readmeExcerpt(results: Results): string {
  return `${DISPATCHES}

${dispatchTable(results)}

Barriers, and memory for temporaries, in program order with memory of their own and as Wick runs them:

${planSummary(results)}

${circumstancesOf(results)} \`pnpm bench\` writes these tables, and [docs/performance.md](docs/performance.md) with more of them.`;
}

function growthText({ dispatches }: Results): string {
  const { planning, naive } = growth(dispatches);
  const last = dispatches[dispatches.length - 1].dispatches.toLocaleString('en-US');
  return `A dispatch among ${last} costs ${planning.toFixed(2)}x as much to plan and submit as one among ${dispatches[0].dispatches}; to the naive encoder, which looks at no other dispatch, it costs ${naive.toFixed(2)}x as much. Planning works on columns of numbers and its work grows linearly; what is added at the largest size is the garbage collector: commands and steps outgrow V8's young generation, and are copied; \`NODE_OPTIONS=--max-semi-space-size=64\` takes most of that away.`;
}
