/**
 * Planning as a whole: liveness, ordering, placement, passes and submissions, hazards. A pure function of
 * a recording, the backend's limits and capabilities, and options; the result is plain data.
 */

import type { BackendCapabilities, BackendLimits } from '../backend.js';
import type { Recording, Use } from '../recording/commands.js';
import { countDispatches, separateKinds, tabulate } from './command-table.js';
import { findDependencies } from './dependencies.js';
import { type Barrier, findHazards } from './hazards.js';
import { legalize } from './legalize.js';
import {
  type PlacedTemporary,
  type PlacementMode,
  type PlanMemory,
  placedTemporaries,
  placeMemory,
} from './memory-table.js';
import { orderCommands } from './ordering.js';
import { cutPasses, type Pass, type SubmissionBounds } from './passes.js';

export type { PlacedTemporary, PlanMemory } from './memory-table.js';

/** Switches of the planner; the defaults are what users run, the rest is for comparison and proof. */
export interface PlanningOptions {
  /** Commands looked past while ordering; 1 keeps program order. Default: 64. */
  readonly lookAhead?: number;
  /**
   * `share`: temporaries share memory, without adding a barrier where that costs at most a tenth more
   * memory. `tight`: the smallest memory, whatever barriers it costs. `apart`: no sharing.
   * Default: `share`.
   */
  readonly placement?: PlacementMode;
  /** A barrier in front of every command of a compute pass. Default: false. */
  readonly barriersEverywhere?: boolean;
  /** Tighter submission bounds than the backend's own. */
  readonly bounds?: Partial<SubmissionBounds>;
}

/** Counts of a plan, before it runs. */
export interface PlanFigures {
  readonly commands: number;
  readonly dispatches: number;
  readonly transfers: number;
  readonly passes: number;
  readonly epochs: number;
  readonly barriers: number;
  readonly submissions: number;
  /** Bytes of the arenas: temporaries as placed. */
  readonly plannedBytes: number;
  /** Bytes of the temporaries if each had memory of its own until the plan ends. */
  readonly unplannedBytes: number;
  /** The most bytes of temporaries alive at one command: no placement of this order can do with less. */
  readonly largestLiveBytes: number;
}

/** A recording after planning, as `Device.observePlans` and `CompiledPlan.plan` give it. */
export interface Plan {
  /** What was recorded, made legal for the backend. */
  readonly recording: Recording;
  /** `order[p]` is the command at position p. */
  readonly order: Int32Array;
  readonly memory: readonly PlanMemory[];
  /** Memory-table index and byte offset of each resource; -1 for a resource that is not used. */
  readonly memoryOf: Int32Array;
  readonly offsetOf: Float64Array;
  readonly temporaries: readonly PlacedTemporary[];
  readonly passes: readonly Pass[];
  /** Ascending by position. */
  readonly barriers: readonly Barrier[];
  /** For each pass the earlier passes it must wait for. */
  readonly waits: readonly (readonly number[])[];
  /** Ranges of memory outside of the plan that it writes. */
  readonly writes: readonly Use[];
  readonly figures: PlanFigures;
}

/** Plans a recording. Linear in its commands, times the look-ahead. */
export function planRecording(
  recorded: Recording,
  limits: BackendLimits,
  capabilities: BackendCapabilities,
  options: PlanningOptions = {},
): Plan {
  const recording = legalize(recorded, capabilities);
  const { resources } = recording;
  const table = tabulate(recording.commands);
  const separate = separateKinds(capabilities);
  const alignment = Math.max(16, limits.bindingAlignment);
  const ordering = orderCommands(table, resources, findDependencies(table, resources.length), {
    lookAhead: options.lookAhead ?? 64,
    separate,
    alignment,
  });
  const placed = placeMemory(recording, table, ordering, {
    alignment,
    mode: options.placement ?? 'share',
    maxArenaBytes: limits.maxAllocationBytes,
    lanes: capabilities.wholeAllocationBindings,
  });
  const passes = cutPasses(table, ordering.order, separate, tighter(limits, options.bounds));
  const hazards = findHazards(
    table,
    ordering.order,
    passes,
    placed,
    placed.memory.length,
    capabilities.explicitWaits,
  );
  const barriers = options.barriersEverywhere ? everywhere(placed.memory.length, passes) : hazards.barriers;
  const dispatches = countDispatches(table);
  let temporaries: readonly PlacedTemporary[] | undefined;
  return {
    recording,
    order: ordering.order,
    memory: placed.memory,
    memoryOf: placed.memoryOf,
    offsetOf: placed.offsetOf,
    // Only who shows a plan asks for them.
    get temporaries() {
      temporaries ??= placedTemporaries(placed);
      return temporaries;
    },
    passes,
    barriers,
    waits: hazards.waits,
    writes: placed.writes,
    figures: {
      commands: table.count,
      dispatches,
      transfers: table.count - dispatches,
      passes: passes.length,
      epochs: passes.length + barriers.length,
      barriers: barriers.length,
      submissions: passes.length === 0 ? 0 : passes[passes.length - 1].submission + 1,
      plannedBytes: placed.plannedBytes,
      unplannedBytes: placed.unplannedBytes,
      largestLiveBytes: placed.largestLiveBytes,
    },
  };
}

function tighter(limits: BackendLimits, bounds: Partial<SubmissionBounds> = {}): SubmissionBounds {
  const least = (key: keyof SubmissionBounds) =>
    Math.min(limits[key], bounds[key] ?? Number.POSITIVE_INFINITY);
  return {
    maxCommandsPerSubmission: least('maxCommandsPerSubmission'),
    maxBytesPerSubmission: least('maxBytesPerSubmission'),
    maxWorkPerSubmission: least('maxWorkPerSubmission'),
  };
}

function everywhere(memoryCount: number, passes: readonly Pass[]): Barrier[] {
  const all = Array.from({ length: memoryCount }, (_, i) => i);
  const barriers: Barrier[] = [];
  for (const pass of passes) {
    for (let position = pass.first + 1; position < pass.end; position++) {
      barriers.push({ position, memory: all, earlier: position - 1 });
    }
  }
  return barriers;
}
