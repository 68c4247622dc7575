import type { Step } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { failedCompletion, isFatal, withLines } from '../src/errors.js';

const fill = (label: string): Step => ({
  op: 'fill',
  command: 0,
  label,
  destination: { memory: 0, offset: 0, byteLength: 4 },
  value: 0,
});
const pass = (number: number): Step => ({
  op: 'beginPass',
  kind: 'compute',
  pass: number,
  label: `pass ${number}`,
  waits: [],
});
const steps: Step[] = [
  pass(0),
  fill('a'),
  fill('b'),
  { op: 'endPass' },
  pass(1),
  fill('c'),
  { op: 'endPass' },
];

describe('an error of Metal', () => {
  it.each([
    [1, 'SUBMISSION_FAILED', false],
    [2, 'SUBMISSION_FAILED', false],
    [3, 'SUBMISSION_FAILED', false],
    [4, 'DEVICE_LOST', true],
    [8, 'OUT_OF_MEMORY', false],
    [9, 'SUBMISSION_FAILED', false],
    [11, 'DEVICE_LOST', true],
    [99, 'SUBMISSION_FAILED', false],
  ])('%i is %s', (code, expected, fatal) => {
    const failure = { code, message: 'no', encoders: [] };
    expect(failedCompletion(failure, steps)).toMatchObject({ ok: false, error: { code: expected } });
    expect(isFatal(failure)).toBe(fatal);
  });

  it('names the commands of the encoder that faulted, and no others', () => {
    const encoders = [
      { label: 'pass 0', state: 'faulted', signposts: [] },
      { label: 'pass 1', state: 'affected', signposts: [] },
    ] as const;
    const completion = failedCompletion({ code: 3, message: 'no', encoders }, steps);
    expect(completion).toMatchObject({ step: 2, error: { commands: ['a', 'b'] } });
  });

  it('names the commands that the encoder had met, where Metal tells', () => {
    const encoders = [{ label: 'pass 0', state: 'faulted', signposts: ['a'] }] as const;
    expect(failedCompletion({ code: 3, message: 'no', encoders }, steps)).toMatchObject({
      step: 1,
      error: { commands: ['a'] },
    });
  });

  it('has no step where nothing is known', () => {
    expect(failedCompletion({ code: 2, message: 'no', encoders: [] }, steps)).not.toHaveProperty('step');
  });

  it('of the compiler names lines as people do', () => {
    expect(withLines('program_source:3:7: error: x\nprogram_source:4:1: note: y')).toBe(
      'line 3:7: error: x\nline 4:1: note: y',
    );
  });
});
