/**
 * Planning as a whole: liveness, ordering, placement, passes and submissions, hazards. A pure function of
 * a recording, the backend's limits and capabilities, and options; the result is plain data.
 */

import type { BackendCapabilities, BackendLimits } from '../backend.js';
import { type Recording, type Use, WRITE } from '../recording/commands.js';
import { findDependencies } from './dependencies.js';
import { type Barrier, findHazards } from './hazards.js';
import { legalize } from './legalize.js';
import { ascending, findLifetimes, type Lifetime, largestLiveSet } from './liveness.js';
import { type Ordering, orderCommands } from './ordering.js';
import { cutPasses, needsTransferPass, type Pass, type SubmissionBounds } from './passes.js';
import { assignLanes, placeTemporaries } from './placement.js';

/** Switches of the planner; the defaults are what users run, the rest is for comparison and proof. */
export interface PlanningOptions {
  /** Commands looked past while ordering; 1 keeps program order. Default: 64. */
  readonly lookAhead?: number;
  /**
   * `share`: temporaries share memory, without adding a barrier where that costs at most a tenth more
   * memory. `tight`: the smallest memory, whatever barriers it costs. `apart`: no sharing.
   * Default: `share`.
   */
  readonly placement?: 'share' | 'tight' | 'apart';
  /** A barrier in front of every command of a compute pass. Default: false. */
  readonly barriersEverywhere?: boolean;
  /** Tighter submission bounds than the backend's own. */
  readonly bounds?: Partial<SubmissionBounds>;
}

/** One entry of a plan's memory table. */
export type PlanMemory =
  | { readonly kind: 'resource'; readonly resource: number; readonly label: string }
  | { readonly kind: 'arena'; readonly byteLength: number; readonly label: string };

/** Where one temporary was put. */
export interface PlacedTemporary {
  readonly resource: number;
  readonly memory: number;
  readonly offset: number;
  readonly byteLength: number;
  /** First and last position of use in the order. */
  readonly first: number;
  readonly last: number;
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

/** `share` accepts this much more than the largest live set before it falls back to `tight`. */
const SHARE_SLACK = 1.1;

/** Plans a recording. Linear in its commands, times the look-ahead. */
export function planRecording(
  recorded: Recording,
  limits: BackendLimits,
  capabilities: BackendCapabilities,
  options: PlanningOptions = {},
): Plan {
  const recording = legalize(recorded, capabilities);
  const { commands, resources } = recording;
  const alignment = Math.max(16, limits.bindingAlignment);
  const ordering = orderCommands(commands, resources, findDependencies(commands, resources.length), {
    lookAhead: options.lookAhead ?? 64,
    needsTransferPass: (command) => needsTransferPass(command, capabilities),
    alignment,
  });
  const placed = place(recording, ordering, alignment, capabilities, options.placement ?? 'share', limits);
  const bounds = tighter(limits, options.bounds);
  const passes = cutPasses(commands, ordering.order, capabilities, bounds);
  const hazards = findHazards(
    commands,
    ordering.order,
    passes,
    placed,
    placed.memory.length,
    capabilities.explicitWaits,
  );
  const barriers = options.barriersEverywhere ? everywhere(placed.memory.length, passes) : hazards.barriers;
  const dispatches = commands.reduce((sum, command) => sum + (command.kind === 'dispatch' ? 1 : 0), 0);
  return {
    recording,
    order: ordering.order,
    memory: placed.memory,
    memoryOf: placed.memoryOf,
    offsetOf: placed.offsetOf,
    temporaries: placed.temporaries,
    passes,
    barriers,
    waits: hazards.waits,
    writes: placed.writes,
    figures: {
      commands: commands.length,
      dispatches,
      transfers: commands.length - dispatches,
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

interface PlacedRecording {
  readonly memory: PlanMemory[];
  readonly memoryOf: Int32Array;
  readonly offsetOf: Float64Array;
  readonly temporaries: PlacedTemporary[];
  readonly writes: Use[];
  readonly plannedBytes: number;
  readonly unplannedBytes: number;
  readonly largestLiveBytes: number;
}

/** Gives every used resource an entry of the memory table, temporaries a place in an arena. */
function place(
  recording: Recording,
  { order, epoch }: Ordering,
  alignment: number,
  capabilities: BackendCapabilities,
  mode: 'share' | 'tight' | 'apart',
  limits: BackendLimits,
): PlacedRecording {
  const { commands, resources } = recording;
  const memory: PlanMemory[] = [];
  const memoryOf = new Int32Array(resources.length).fill(-1);
  const offsetOf = new Float64Array(resources.length);
  const writes: Use[] = [];
  for (const { uses } of commands) {
    for (const use of uses) {
      const { resource } = use;
      if (resources[resource].temporary) continue;
      if (use.access & WRITE) writes.push(use);
      if (memoryOf[resource] >= 0) continue;
      memoryOf[resource] = memory.length;
      memory.push({ kind: 'resource', resource, label: resources[resource].label });
    }
  }
  const lifetimes = findLifetimes(commands, resources, order, ascending(order.length));
  const { laneOf, laneCount } = capabilities.wholeAllocationBindings
    ? assignLanes(commands, lifetimes, resources.length)
    : { laneOf: new Int32Array(lifetimes.length), laneCount: lifetimes.length > 0 ? 1 : 0 };
  const largestLiveBytes = largestLiveSet(lifetimes, alignment);
  const aligned = (life: Lifetime) => Math.ceil(life.byteLength / alignment) * alignment;
  const unplannedBytes = lifetimes.reduce((sum, life) => sum + aligned(life), 0);

  const addArena = (byteLength: number) =>
    memory.push({ kind: 'arena', byteLength, label: `arena ${memory.length}` });
  const temporaries: PlacedTemporary[] = [];
  const put = (i: number, entry: number, offset: number) => {
    const { resource, byteLength, first, last } = lifetimes[i];
    memoryOf[resource] = entry;
    offsetOf[resource] = offset;
    temporaries.push({ resource, memory: entry, offset, byteLength, first, last });
  };
  if (mode !== 'apart' && lifetimes.length > 0) {
    // Lifetimes in epochs: two temporaries share bytes only if a barrier stands between them anyway.
    const sum = (placement: { laneBytes: readonly number[] }) =>
      placement.laneBytes.reduce((a, b) => a + b, 0);
    let best =
      mode === 'share'
        ? placeTemporaries(inEpochs(lifetimes, epoch), laneOf, laneCount, alignment)
        : undefined;
    if (best === undefined || sum(best) > SHARE_SLACK * largestLiveBytes) {
      const tight = placeTemporaries(lifetimes, laneOf, laneCount, alignment);
      if (best === undefined || sum(tight) < sum(best)) best = tight;
    }
    // An arena longer than an allocation may be is no arena: then every temporary stands alone.
    if (best.laneBytes.every((bytes) => bytes <= limits.maxAllocationBytes)) {
      const base = memory.length;
      for (const bytes of best.laneBytes) addArena(bytes);
      for (let i = 0; i < lifetimes.length; i++) put(i, base + best.lane[i], best.offset[i]);
      return {
        memory,
        memoryOf,
        offsetOf,
        temporaries,
        writes,
        plannedBytes: sum(best),
        unplannedBytes,
        largestLiveBytes,
      };
    }
  }
  for (let i = 0; i < lifetimes.length; i++) {
    addArena(aligned(lifetimes[i]));
    put(i, memory.length - 1, 0);
  }
  return {
    memory,
    memoryOf,
    offsetOf,
    temporaries,
    writes,
    plannedBytes: unplannedBytes,
    unplannedBytes,
    largestLiveBytes,
  };
}

/** Lifetimes by position, counted in epochs. */
function inEpochs(lifetimes: readonly Lifetime[], epoch: Int32Array): Lifetime[] {
  return lifetimes.map(({ resource, byteLength, first, last }) => {
    return { resource, byteLength, first: epoch[first], last: epoch[last] };
  });
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
      barriers.push({ position, memory: all, cause: { earlier: position - 1, later: position } });
    }
  }
  return barriers;
}
