/** Step lists taken apart into passes, epochs and commands. */

import type { KernelContract, Pipeline, Step, StepRange } from '@wick/core';

export type BeginPass = Extract<Step, { op: 'beginPass' }>;
export type BarrierStep = Extract<Step, { op: 'barrier' }>;
export type CommandStep = Extract<Step, { readonly command: number }>;

/** A command and where it stood in the step list. */
export interface PlacedCommand {
  readonly step: CommandStep;
  readonly index: number;
}

/** Commands that no barrier keeps apart. */
export interface Epoch {
  /** The barrier in front of it; undefined for the first epoch of a pass. */
  readonly barrier: BarrierStep | undefined;
  readonly commands: PlacedCommand[];
}

export interface ParsedPass {
  readonly begin: BeginPass;
  /** Where it begins in the step list. */
  readonly index: number;
  readonly epochs: Epoch[];
}

/** The passes of a well-formed step list. */
export function parsePasses(steps: readonly Step[]): ParsedPass[] {
  const passes: ParsedPass[] = [];
  for (const [index, step] of steps.entries()) {
    const epochs = passes.at(-1)?.epochs ?? [];
    if (step.op === 'beginPass') {
      passes.push({ begin: step, index, epochs: [{ barrier: undefined, commands: [] }] });
    } else if (step.op === 'barrier') epochs.push({ barrier: step, commands: [] });
    else if (step.op !== 'endPass') epochs.at(-1)?.commands.push({ step, index });
  }
  return passes;
}

/** One use of the memory table by a command. */
export interface RangeUse {
  readonly range: StepRange;
  readonly reads: boolean;
  readonly writes: boolean;
}

/** Remembers which kernel a pipeline was made of, and so what its dispatches do to their bindings. */
export class KernelUses {
  readonly #contracts = new WeakMap<Pipeline, KernelContract>();

  note(pipeline: Pipeline, kernel: KernelContract): Pipeline {
    this.#contracts.set(pipeline, kernel);
    return pipeline;
  }

  contractOf(pipeline: Pipeline): KernelContract | undefined {
    return this.#contracts.get(pipeline);
  }

  /** What a command reads and writes; a dispatch by the contract of its kernel. */
  usesOf(step: CommandStep): RangeUse[] {
    switch (step.op) {
      case 'dispatch': {
        const bindings = this.contractOf(step.pipeline)?.bindings ?? [];
        return step.bindings.flatMap((range, i) => {
          const access = bindings[i]?.access ?? 'readWrite';
          return range === undefined ? [] : [{ range, reads: access !== 'write', writes: access !== 'read' }];
        });
      }
      case 'copy':
        return [
          { range: step.source, reads: true, writes: false },
          { range: step.destination, reads: false, writes: true },
        ];
      case 'fill':
      case 'upload':
        return [{ range: step.destination, reads: false, writes: true }];
      case 'download':
        return [{ range: step.source, reads: true, writes: false }];
      default:
        return step satisfies never;
    }
  }
}
