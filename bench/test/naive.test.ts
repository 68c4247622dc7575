import { emptyReport, nullBackend, strict } from '@wick/conformance';
import type { Submission } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { NaiveEncoder } from '../dispatch/naive.js';
import { ACTIVATION_BYTES, createWeights, recordWork } from '../dispatch/workload.js';

const DISPATCHES = 120;

/** Records the measured work, twice, so that the second run recycles the memory of the first. */
async function encode(): Promise<{ submissions: Submission[]; rules: Set<string> }> {
  const report = emptyReport();
  const backend = await strict(report)(nullBackend()).open();
  const submissions: Submission[] = [];
  const submit = backend.submit.bind(backend);
  backend.submit = async (submission) => {
    submissions.push({ ...submission, params: submission.params.slice() });
    await submit(submission).catch(() => {}); // what is wrong stands in the report
    return { ok: true };
  };
  const encoder = new NaiveEncoder(backend);
  const make = (buffer: { written: boolean }) => {
    buffer.written = true;
  };
  const weights = createWeights(encoder, make);
  const x = encoder.createBuffer({ byteLength: ACTIVATION_BYTES, label: 'x' });
  make(x);
  for (let run = 0; run < 2; run++) {
    const out = encoder.scope(() => recordWork(encoder, weights, x, DISPATCHES));
    await encoder.idle();
    encoder.free(out);
  }
  return { submissions, rules: new Set(report.violations.map(({ rule }) => rule)) };
}

describe('the naive encoder', () => {
  it('keeps the contract, but for inputs that nothing writes', async () => {
    const { rules } = await encode();
    expect([...rules]).toEqual(['unwritten']);
  });

  it('puts every dispatch into an encoder of its own, and submits fifty at a time', async () => {
    const { submissions } = await encode();
    expect(submissions.map(({ steps }) => steps.length / 3)).toEqual([50, 50, 20, 50, 50, 20]);
    for (const { steps } of submissions) {
      const ops = steps.map(({ op }) => op).join(' ');
      expect(ops).toMatch(/^(beginPass dispatch endPass ?)+$/);
    }
  });
});
