import { describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/report/html.js';
import { type ConformanceReport, REPORT_FORMAT } from '../../src/report/schema.js';

const counts = { passed: 3, failed: 0, skipped: 0, 'failed as expected': 0, 'passed unexpectedly': 0 };

const made: ConformanceReport = {
  format: REPORT_FORMAT,
  conforms: false,
  complete: false,
  filter: 'unary',
  backend: { name: 'mine', vendor: 'A <b>', device: 'card', driver: '1.2' },
  host: 'Node 20',
  limits: {
    maxAllocationBytes: 1024,
    maxBindingBytes: 1024,
    maxBindings: 8,
    bindingAlignment: 256,
    transferAlignment: 4,
    paramsAlignment: 16,
    maxCommandsPerSubmission: 10,
    maxBytesPerSubmission: 1024,
    maxWorkPerSubmission: 1024,
    maxSubmissionsInFlight: 2,
  },
  capabilities: {
    explicitBarriers: false,
    explicitWaits: false,
    transfersInComputePass: [],
    wholeAllocationBindings: true,
    float16: false,
    timestamps: false,
  },
  date: '2026-11-26T22:00:00.000Z',
  milliseconds: 1234,
  seeds: 1,
  firstSeed: 1,
  counts,
  kernels: [
    {
      kernel: 'unary',
      dtype: 'float32',
      counts,
      largestError: { share: 0.25, got: 1.5, want: 1, case: 'a case' },
    },
    { kernel: 'cast', dtype: 'bool', counts: { ...counts, passed: 1, failed: 2 } },
  ],
  groups: [{ group: 'invariant 1', counts }],
  exclusions: [{ status: 'skipped', reason: 'no float16', cases: ['one', 'two'] }],
  failures: [{ case: 'kernel cast', status: 'failed', message: '1 < 2 & "3"' }],
  listProblems: [],
};

describe('a report as HTML', () => {
  const html = reportHtml(made);

  it('needs nothing beside it', () => {
    expect(html).not.toMatch(/<script|<link|src=|https?:/);
  });

  it('escapes what it is given', () => {
    expect(html).toContain('card (A &lt;b&gt;)');
    expect(html).toContain('1 &lt; 2 &amp; &quot;3&quot;');
  });

  it('says what ran where, with which result', () => {
    for (const part of [
      'does not conform',
      'only cases with “unary”',
      '1.2 s',
      '<td class="good" title="1.5 in place of 1, in &quot;a case&quot;">3 <small>0.25</small></td>',
      '<td class="bad">1 of 3</td>',
      '<b>2</b> skipped: no float16',
      'invariant 1',
      '256',
    ]) {
      expect(html).toContain(part);
    }
  });
});
