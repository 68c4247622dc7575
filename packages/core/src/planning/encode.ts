/** Turns a plan into the step lists that a backend is handed. Parameter blocks are packed per submission. */

import type { BackendLimits, Pipeline, Step, StepRange } from '../backend.js';
import type { ParamType, ReplayParam } from '../kernels/params.js';
import {
  type Command,
  type DispatchCommand,
  type HostSlot,
  READ_WRITE,
  type Use,
} from '../recording/commands.js';
import type { Plan } from './plan.js';

/** A scalar of a parameter block that a replay writes anew. */
export interface EncodedPatch {
  readonly offset: number;
  readonly type: ParamType;
  readonly param: ReplayParam;
}

/** One submission of a plan, ready but for the memory it is bound to. */
export interface EncodedSubmission {
  readonly label: string;
  readonly steps: readonly Step[];
  readonly params: Uint8Array;
  readonly patches: readonly EncodedPatch[];
  readonly uploads: readonly (Uint8Array | HostSlot)[];
  /** Index of each download in the recording's downloads. */
  readonly downloads: readonly number[];
  /** Passes of this submission and the earlier submission of the plan that each must wait for. */
  readonly waits: readonly { readonly pass: number; readonly submission: number }[];
  /** What it touches outside of temporaries, once for each pass, range and access; arenas as one write. */
  readonly touches: readonly Touch[];
  /** Number of passes, barriers, dispatches and transfers. */
  readonly counts: SubmissionCounts;
  /** Positions [first, end) of the order. */
  readonly first: number;
  readonly end: number;
}

/** A range of the memory table that a pass of a submission uses. */
export interface Touch {
  readonly memory: number;
  readonly offset: number;
  readonly byteLength: number;
  readonly access: number;
  readonly pass: number;
}

export interface SubmissionCounts {
  readonly passes: number;
  readonly barriers: number;
  readonly dispatches: number;
  readonly transfers: number;
}

interface Open {
  readonly steps: Step[];
  readonly uploads: (Uint8Array | HostSlot)[];
  readonly downloads: number[];
  readonly waits: { pass: number; submission: number }[];
  readonly dispatches: DispatchCommand[];
  readonly first: number;
  paramsLength: number;
}

/** Encodes every submission of `plan`; `pipelines[i]` is the compiled variant of command i, where it is a dispatch. */
export function encodePlan(
  plan: Plan,
  limits: BackendLimits,
  pipelines: readonly Pipeline[],
): EncodedSubmission[] {
  const { passes } = plan;
  const { commands } = plan.recording;
  const encoded: EncodedSubmission[] = [];
  let open: Open | undefined;
  let firstPass = 0;
  let barrier = 0;
  const range = rangesOf(plan);
  for (let p = 0; p < passes.length; p++) {
    const pass = passes[p];
    if (open === undefined || pass.submission !== encoded.length) {
      if (open !== undefined) encoded.push(close(open, plan, encoded.length, pass.first, limits));
      open = {
        steps: [],
        uploads: [],
        downloads: [],
        waits: [],
        dispatches: [],
        first: pass.first,
        paramsLength: 0,
      };
      firstPass = p;
    }
    const inside: number[] = [];
    for (const wait of plan.waits[p]) {
      if (wait >= firstPass) inside.push(wait - firstPass);
      else open.waits.push({ pass: p - firstPass, submission: passes[wait].submission });
    }
    const label = `${plan.recording.label} pass ${p}`;
    open.steps.push({ op: 'beginPass', kind: pass.kind, pass: p - firstPass, label, waits: inside });
    for (let position = pass.first; position < pass.end; position++) {
      if (barrier < plan.barriers.length && plan.barriers[barrier].position === position) {
        open.steps.push({ op: 'barrier', memory: plan.barriers[barrier].memory });
        barrier++;
      }
      const index = plan.order[position];
      open.steps.push(stepOf(commands[index], index, open, range, pipelines, limits));
    }
    open.steps.push({ op: 'endPass' });
  }
  if (open !== undefined) encoded.push(close(open, plan, encoded.length, plan.order.length, limits));
  return encoded;
}

/** The range that a use stands for. Mostly a resource is used as one range always: then it is one object. */
function rangesOf({ memoryOf, offsetOf, recording }: Plan): (use: Use) => StepRange {
  const latest: (StepRange | undefined)[] = new Array(recording.resources.length);
  return ({ resource, offset, byteLength }) => {
    const at = compact(offsetOf[resource] + offset);
    const known = latest[resource];
    if (known !== undefined && known.offset === at && known.byteLength === byteLength) return known;
    const range = { memory: memoryOf[resource], offset: at, byteLength };
    latest[resource] = range;
    return range;
  };
}

/** The same number; V8 keeps what comes out of a Float64Array in a box of its own, and small integers in none. */
function compact(value: number): number {
  const small = value | 0;
  return small === value ? small : value;
}

function stepOf(
  command: Command,
  index: number,
  open: Open,
  range: (use: Use) => StepRange,
  pipelines: readonly Pipeline[],
  limits: BackendLimits,
): Step {
  const { label } = command;
  switch (command.kind) {
    case 'dispatch': {
      const params = { offset: open.paramsLength, byteLength: command.paramsLength };
      open.paramsLength += aligned(command.paramsLength, limits);
      open.dispatches.push(command);
      const bindings: (StepRange | undefined)[] = new Array(command.bindings.length);
      for (let i = 0; i < bindings.length; i++) {
        const use = command.bindings[i];
        bindings[i] = use < 0 ? undefined : range(command.uses[use]);
      }
      return {
        op: 'dispatch',
        command: index,
        label,
        pipeline: pipelines[index],
        bindings,
        params,
        grid: command.grid,
      };
    }
    case 'copy':
      return {
        op: 'copy',
        command: index,
        label,
        source: range(command.uses[0]),
        destination: range(command.uses[1]),
      };
    case 'fill': {
      const destination = range(command.uses[0]);
      // The tail of a buffer may be odd: its memory is padded, and the padding is filled too.
      const byteLength =
        Math.ceil(destination.byteLength / limits.transferAlignment) * limits.transferAlignment;
      return {
        op: 'fill',
        command: index,
        label,
        destination: { ...destination, byteLength },
        value: command.value,
      };
    }
    case 'upload':
      open.uploads.push(command.data);
      return {
        op: 'upload',
        command: index,
        label,
        destination: range(command.uses[0]),
        data: open.uploads.length - 1,
      };
    case 'download':
      open.downloads.push(command.download);
      return {
        op: 'download',
        command: index,
        label,
        source: range(command.uses[0]),
        into: open.downloads.length - 1,
      };
    default:
      return command satisfies never;
  }
}

function close(
  open: Open,
  plan: Plan,
  submission: number,
  end: number,
  limits: BackendLimits,
): EncodedSubmission {
  const params = packParams(open, plan.recording.params, limits);
  const patches: EncodedPatch[] = [];
  let offset = 0;
  for (const { paramsLength, patches: own } of open.dispatches) {
    for (const patch of own) patches.push({ ...patch, offset: offset + patch.offset });
    offset += aligned(paramsLength, limits);
  }
  return {
    label: `${plan.recording.label} #${submission}`,
    steps: open.steps,
    params,
    patches,
    uploads: open.uploads,
    downloads: open.downloads,
    waits: open.waits,
    touches: findTouches(open.steps, plan, open.first),
    counts: countSteps(open.steps),
    first: open.first,
    end,
  };
}

/** The structs of a submission's dispatches, one behind the other: a part of `source` where they stand there so. */
function packParams(
  { dispatches, paramsLength: total }: Open,
  source: Uint8Array,
  limits: BackendLimits,
): Uint8Array {
  const base = dispatches.length > 0 ? dispatches[0].paramsOffset : 0;
  let offset = 0;
  let inPlace = base + total <= source.length;
  for (let i = 0; i < dispatches.length && inPlace; i++) {
    const { paramsOffset, paramsLength } = dispatches[i];
    if (paramsLength > 0) inPlace = paramsOffset === base + offset;
    offset += aligned(paramsLength, limits);
  }
  if (inPlace) return source.subarray(base, base + total);
  const packed = new Uint8Array(total);
  offset = 0;
  for (const { paramsOffset, paramsLength } of dispatches) {
    packed.set(source.subarray(paramsOffset, paramsOffset + paramsLength), offset);
    offset += aligned(paramsLength, limits);
  }
  return packed;
}

function aligned(paramsLength: number, { paramsAlignment }: BackendLimits): number {
  return Math.ceil(paramsLength / paramsAlignment) * paramsAlignment;
}

function findTouches(steps: readonly Step[], plan: Plan, first: number): Touch[] {
  const touches: Touch[] = [];
  // Latest touch of each entry: repeated reads of one weight are one touch.
  const latest = new Map<number, Touch>();
  // For each pass the arenas that it, or a pass that it waits for, touches already.
  const arenas: Set<number>[] = [];
  let position = first;
  let pass = 0;
  for (const step of steps) {
    if (step.op === 'beginPass') {
      pass = step.pass;
      arenas.push(new Set(step.waits.flatMap((earlier) => [...arenas[earlier]])));
    }
    if (step.op === 'beginPass' || step.op === 'endPass' || step.op === 'barrier') continue;
    for (const use of plan.recording.commands[plan.order[position]].uses) {
      const memory = plan.memoryOf[use.resource];
      const entry = plan.memory[memory];
      if (entry.kind === 'arena') {
        if (arenas[pass].has(memory)) continue;
        arenas[pass].add(memory);
        touches.push({ memory, offset: 0, byteLength: entry.byteLength, access: READ_WRITE, pass });
        continue;
      }
      const known = latest.get(memory);
      const { offset, byteLength, access } = use;
      const same =
        known !== undefined &&
        // A pass that conflicts with no other of its submission still waits for earlier submissions.
        known.pass === pass &&
        known.offset === offset &&
        known.byteLength === byteLength &&
        (known.access | access) === known.access;
      if (same) continue;
      const touch: Touch = { memory, offset, byteLength, access, pass };
      latest.set(memory, touch);
      touches.push(touch);
    }
    position++;
  }
  return touches;
}

function countSteps(steps: readonly Step[]): SubmissionCounts {
  const counts = { passes: 0, barriers: 0, dispatches: 0, transfers: 0 };
  for (const { op } of steps) {
    if (op === 'beginPass') counts.passes++;
    else if (op === 'barrier') counts.barriers++;
    else if (op === 'dispatch') counts.dispatches++;
    else if (op !== 'endPass') counts.transfers++;
  }
  return counts;
}
