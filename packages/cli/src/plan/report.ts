/** A plan as a tree of plain data with labels instead of indices: what `wick plan` prints, or gives as JSON. */

import { type Command, type Pass, type Plan, type PlanFigures, READ, WRITE } from '@wick/core';
import { conflictsOf, type Hazard } from './conflicts.js';

export interface CommandReport {
  /** Where it stands in the plan's order. */
  readonly position: number;
  /** Where it stood in the program. */
  readonly recorded: number;
  readonly kind: Command['kind'];
  readonly label: string;
  readonly kernel?: string;
  readonly grid?: readonly [number, number, number];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

export interface ConflictReport {
  readonly hazard: Hazard;
  /** Index into the plan's memory. */
  readonly memory: number;
  /** What the two commands call it. */
  readonly resources: readonly [string, string];
  readonly offset: number;
  readonly byteLength: number;
  readonly earlier: { readonly position: number; readonly label: string };
  readonly later: { readonly position: number; readonly label: string };
}

export interface EpochReport {
  /** The barrier in front of it; the first epoch of a pass has none. */
  readonly barrier?: { readonly number: number; readonly conflicts: readonly ConflictReport[] };
  readonly commands: readonly CommandReport[];
}

export interface PassReport {
  readonly number: number;
  readonly kind: Pass['kind'];
  readonly submission: number;
  /** Earlier passes that it waits for. */
  readonly waits: readonly number[];
  readonly epochs: readonly EpochReport[];
}

export interface TemporaryReport {
  readonly label: string;
  /** Index into the plan's memory. */
  readonly memory: number;
  readonly offset: number;
  readonly byteLength: number;
  /** First and last position of use. */
  readonly first: number;
  readonly last: number;
}

export interface PlanReport {
  readonly label: string;
  readonly figures: PlanFigures;
  readonly passes: readonly PassReport[];
  readonly memory: readonly {
    readonly kind: 'arena' | 'resource';
    readonly label: string;
    readonly byteLength: number;
  }[];
  readonly temporaries: readonly TemporaryReport[];
}

export function reportPlan(plan: Plan): PlanReport {
  const { resources, label } = plan.recording;
  return {
    label,
    figures: plan.figures,
    passes: plan.passes.map((pass, number) => reportPass(plan, pass, number)),
    memory: plan.memory.map((line) => ({
      kind: line.kind,
      label: line.label,
      byteLength: line.kind === 'arena' ? line.byteLength : resources[line.resource].byteLength,
    })),
    temporaries: plan.temporaries.map(({ resource, memory, offset, byteLength, first, last }) => ({
      label: resources[resource].label,
      memory,
      offset,
      byteLength,
      first,
      last,
    })),
  };
}

function reportPass(plan: Plan, pass: Pass, number: number): PassReport {
  const commands = (first: number, end: number) =>
    Array.from({ length: end - first }, (_, i) => reportCommand(plan, first + i));
  const inside = [...plan.barriers.entries()].filter(
    ([, { position }]) => position >= pass.first && position < pass.end,
  );
  const ends = [...inside.map(([, { position }]) => position), pass.end];
  const epochs: EpochReport[] = [{ commands: commands(pass.first, ends[0]) }];
  for (const [i, [index, barrier]] of inside.entries()) {
    const conflicts = conflictsOf(plan, pass, barrier).map((conflict): ConflictReport => {
      const { hazard, memory, start, end, earlier, later } = conflict;
      return {
        hazard,
        memory,
        resources: [
          resourceLabel(plan, conflict.earlierResource),
          resourceLabel(plan, conflict.laterResource),
        ],
        offset: start,
        byteLength: end - start,
        earlier: { position: earlier, label: commandAt(plan, earlier).label },
        later: { position: later, label: commandAt(plan, later).label },
      };
    });
    epochs.push({ barrier: { number: index, conflicts }, commands: commands(barrier.position, ends[i + 1]) });
  }
  const { kind, submission } = pass;
  return { number, kind, submission, waits: plan.waits[number] ?? [], epochs };
}

function reportCommand(plan: Plan, position: number): CommandReport {
  const command = commandAt(plan, position);
  const { kind, label, uses } = command;
  const named = (access: number) => [
    ...new Set(uses.filter((use) => use.access & access).map((use) => resourceLabel(plan, use.resource))),
  ];
  return {
    position,
    recorded: plan.order[position],
    kind,
    label,
    ...(command.kind === 'dispatch' ? { kernel: command.request.kernel.name, grid: command.grid } : {}),
    reads: named(READ),
    writes: named(WRITE),
  };
}

function commandAt({ recording, order }: Plan, position: number): Command {
  return recording.commands[order[position]];
}

function resourceLabel({ recording }: Plan, resource: number): string {
  return recording.resources[resource].label;
}
