import { describe, expect, it } from 'vitest';
import type { BackendCapabilities, BackendLimits, Step } from '../../src/backend.js';
import { encodePlan } from '../../src/planning/encode.js';
import { type PlanningOptions, planRecording } from '../../src/planning/plan.js';
import type { Recording } from '../../src/recording/commands.js';
import { COARSE, EXPLICIT, ROOMY, SEPARATE_TRANSFERS } from '../helpers/platforms.js';
import { RecordingBuilder } from '../helpers/recordings.js';

function encode(
  recording: Recording,
  limits: BackendLimits = ROOMY,
  capabilities: BackendCapabilities = EXPLICIT,
  options: PlanningOptions = {},
) {
  const plan = planRecording(recording, limits, capabilities, options);
  const pipelines = plan.recording.commands.map((command) => ({
    label: command.kind === 'dispatch' ? command.request.key : 'no dispatch',
  }));
  return encodePlan(plan, limits, pipelines);
}

const range = ({ memory, offset, byteLength }: { memory: number; offset: number; byteLength: number }) =>
  `${memory}[${offset}+${byteLength}]`;

/** A step in one line, everything that a backend is told included. */
function lineOf(step: Step): string {
  switch (step.op) {
    case 'beginPass':
      return `begin ${step.kind} pass ${step.pass} "${step.label}" waits [${step.waits}]`;
    case 'dispatch': {
      const bindings = step.bindings.map((binding) => (binding === undefined ? '-' : range(binding)));
      const { offset, byteLength } = step.params;
      return `${step.command} dispatch ${step.label} (${bindings}) params ${offset}+${byteLength} grid ${step.grid}`;
    }
    case 'barrier':
      return `barrier [${step.memory}]`;
    case 'copy':
      return `${step.command} copy ${range(step.source)} -> ${range(step.destination)}`;
    case 'fill':
      return `${step.command} fill ${range(step.destination)} = ${step.value}`;
    case 'upload':
      return `${step.command} upload #${step.data} -> ${range(step.destination)}`;
    case 'download':
      return `${step.command} download ${range(step.source)} -> #${step.into}`;
    case 'endPass':
      return 'end';
    default:
      return step satisfies never;
  }
}

/** Two branches over one input that meet again, all transfers around them. */
function diamond(): Recording {
  const builder = new RecordingBuilder();
  const [x, y] = [builder.memory(64, 'x'), builder.memory(64, 'y')];
  const [left, right, spare] = [builder.temporary(64), builder.temporary(32), builder.temporary(64)];
  return builder
    .upload(x)
    .dispatch('left', { reads: [x], writes: [left], params: [1, 2, 3, 4] })
    .dispatch('right', { reads: [[x, 0, 32]], writes: [right] })
    .dispatch('join', { reads: [left, right], writes: [y], params: [5, 6, 7, 8] })
    .fill(spare, 7)
    .copy(spare, y)
    .download(y)
    .build('diamond');
}

describe('encodePlan', () => {
  it('of a diamond, in one pass', () => {
    const [only, ...others] = encode(diamond());
    expect(others).toEqual([]);
    expect(only.steps.map(lineOf)).toMatchInlineSnapshot(`
      [
        "begin compute pass 0 "diamond pass 0" waits []",
        "0 upload #0 -> 0[0+64]",
        "barrier [0]",
        "1 dispatch left (0[0+64],2[0+64]) params 0+4 grid 1,1,1",
        "2 dispatch right (0[0+32],2[64+32]) params 16+0 grid 1,1,1",
        "barrier [2]",
        "3 dispatch join (2[0+64],2[64+32],1[0+64]) params 16+4 grid 1,1,1",
        "barrier [2]",
        "4 fill 2[0+64] = 7",
        "barrier [2,1]",
        "5 copy 2[0+64] -> 1[0+64]",
        "barrier [1]",
        "6 download 1[0+64] -> #0",
        "end",
      ]
    `);
    expect(only.counts).toEqual({ passes: 1, barriers: 5, dispatches: 3, transfers: 4 });
  });

  it('of a diamond, where transfers need passes of their own', () => {
    const [only] = encode(diamond(), COARSE, SEPARATE_TRANSFERS);
    expect(only.steps.map(lineOf)).toMatchInlineSnapshot(`
      [
        "begin transfer pass 0 "diamond pass 0" waits []",
        "0 upload #0 -> 0[0+64]",
        "end",
        "begin compute pass 1 "diamond pass 1" waits [0]",
        "1 dispatch left (0[0+64],2[0+64]) params 0+4 grid 1,1,1",
        "2 dispatch right (0[0+32],2[256+32]) params 256+0 grid 1,1,1",
        "barrier [2]",
        "3 dispatch join (2[0+64],2[256+32],1[0+64]) params 256+4 grid 1,1,1",
        "end",
        "begin transfer pass 2 "diamond pass 2" waits [1]",
        "4 fill 2[0+64] = 7",
        "barrier [2]",
        "5 copy 2[0+64] -> 1[0+64]",
        "barrier [1]",
        "6 download 1[0+64] -> #0",
        "end",
      ]
    `);
  });

  it('of a chain that is cut into submissions', () => {
    const builder = new RecordingBuilder();
    const state = builder.memory(16, 'state');
    const temporary = builder.temporary(16);
    builder.fill(state);
    for (let i = 0; i < 2; i++) {
      builder.dispatch(`step ${i}`, { reads: [state], writes: [temporary], params: [i, 0, 0, 0] });
      builder.copy(temporary, state);
    }
    const bounds = { maxCommandsPerSubmission: 2 };
    const submissions = encode(builder.build('chain'), ROOMY, EXPLICIT, { bounds });
    expect(submissions.map(({ steps }) => steps.map(lineOf))).toMatchInlineSnapshot(`
      [
        [
          "begin compute pass 0 "chain pass 0" waits []",
          "0 fill 0[0+16] = 0",
          "barrier [0]",
          "1 dispatch step 0 (0[0+16],1[0+16]) params 0+4 grid 1,1,1",
          "end",
        ],
        [
          "begin compute pass 0 "chain pass 1" waits []",
          "2 copy 1[0+16] -> 0[0+16]",
          "barrier [0,1]",
          "3 dispatch step 1 (0[0+16],1[0+16]) params 0+4 grid 1,1,1",
          "end",
        ],
        [
          "begin compute pass 0 "chain pass 2" waits []",
          "4 copy 1[0+16] -> 0[0+16]",
          "end",
        ],
      ]
    `);
    expect(submissions.map(({ label, first, end }) => ({ label, first, end }))).toEqual([
      { label: 'chain #0', first: 0, end: 2 },
      { label: 'chain #1', first: 2, end: 4 },
      { label: 'chain #2', first: 4, end: 5 },
    ]);
    expect(submissions.map(({ waits }) => waits)).toEqual([
      [],
      [{ pass: 0, submission: 0 }],
      [{ pass: 0, submission: 1 }],
    ]);
  });

  it('packs parameters at multiples of what the backend asks for, zeros between', () => {
    const [{ params, steps }] = encode(diamond(), COARSE, EXPLICIT);
    expect(params.length).toBe(512);
    const offsets = steps.flatMap((step) => (step.op === 'dispatch' ? [step.params.offset] : []));
    expect(offsets).toEqual([0, 256, 256]);
    expect([...params.subarray(0, 5)]).toEqual([1, 2, 3, 4, 0]);
    expect([...params.subarray(256, 261)]).toEqual([5, 6, 7, 8, 0]);
  });

  it('says which memory outside of temporaries is touched, and from which pass on', () => {
    const [{ touches }] = encode(diamond(), ROOMY, SEPARATE_TRANSFERS);
    const external = touches
      .filter(({ memory }) => memory < 2)
      .map(({ memory, access, pass }) => ({ memory, access, pass }));
    expect(external).toMatchInlineSnapshot(`
      [
        {
          "access": 2,
          "memory": 0,
          "pass": 0,
        },
        {
          "access": 1,
          "memory": 0,
          "pass": 1,
        },
        {
          "access": 1,
          "memory": 0,
          "pass": 1,
        },
        {
          "access": 2,
          "memory": 1,
          "pass": 1,
        },
        {
          "access": 2,
          "memory": 1,
          "pass": 2,
        },
        {
          "access": 1,
          "memory": 1,
          "pass": 2,
        },
      ]
    `);
  });

  it('encodes nothing of nothing', () => {
    expect(encode(new RecordingBuilder().build())).toEqual([]);
  });
});
