/** The part of a plan that the page draws: plain data that a worker can post. */

import type { Plan, PlanFigures } from '@wick/core';

/** Commands that may overlap: what stands between two barriers. */
export interface EpochView {
  readonly pass: number;
  readonly kind: 'compute' | 'transfer';
  readonly commands: readonly { readonly label: string; readonly kernel: string }[];
}

export interface PlanView {
  readonly label: string;
  readonly figures: PlanFigures;
  readonly epochs: readonly EpochView[];
  /** Where temporaries live: bytes of an arena, over positions of the order. */
  readonly temporaries: readonly {
    readonly label: string;
    readonly offset: number;
    readonly byteLength: number;
    readonly first: number;
    readonly last: number;
  }[];
}

export function viewPlan(plan: Plan): PlanView {
  const { recording, order, passes, barriers } = plan;
  const starts = new Set(barriers.map(({ position }) => position));
  const epochs: { pass: number; kind: 'compute' | 'transfer'; commands: EpochView['commands'][number][] }[] =
    [];
  for (const [number, { kind, first, end }] of passes.entries()) {
    for (let position = first; position < end; position++) {
      if (position === first || starts.has(position)) epochs.push({ pass: number, kind, commands: [] });
      const command = recording.commands[order[position]];
      const kernel = command.kind === 'dispatch' ? command.request.kernel.name : command.kind;
      epochs.at(-1)?.commands.push({ label: command.label, kernel });
    }
  }
  // Arenas one above the other.
  const base: number[] = [];
  let bytes = 0;
  for (const entry of plan.memory) {
    base.push(bytes);
    if (entry.kind === 'arena') bytes += entry.byteLength;
  }
  return {
    label: recording.label,
    figures: plan.figures,
    epochs,
    temporaries: plan.temporaries.map(({ resource, memory, offset, byteLength, first, last }) => ({
      label: recording.resources[resource].label,
      offset: (base[memory] ?? 0) + offset,
      byteLength,
      first,
      last,
    })),
  };
}
