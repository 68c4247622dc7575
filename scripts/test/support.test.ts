import { describe, expect, it } from 'vitest';
import { readReports, supportPage, withSupportTable } from '../lib/support.mjs';

const counts = { passed: 2, failed: 0, skipped: 1, 'failed as expected': 0, 'passed unexpectedly': 0 };

const reports = [
  {
    file: 'mine.json',
    report: {
      format: 'wick.conformance/1',
      conforms: true,
      complete: true,
      backend: { name: 'mine', vendor: 'A|B', device: 'card', driver: '1.2' },
      host: 'Node 20',
      capabilities: { float16: false },
      date: '2026-11-26T22:00:00.000Z',
      counts,
      kernels: [
        {
          kernel: 'unary',
          dtype: 'float32',
          counts: { ...counts, skipped: 0 },
          largestError: { share: 0.5 },
        },
        { kernel: 'unary', dtype: 'float16', counts },
      ],
      exclusions: [{ status: 'skipped', reason: 'no float16', cases: ['one'] }],
    },
  },
];

describe('the support table', () => {
  it('stands between its markers in the README, and leaves the rest', () => {
    const readme = 'before\n<!-- support:begin -->old<!-- support:end -->\nafter';
    const made = withSupportTable(readme, reports);
    expect(made).toMatch(/^before\n<!-- support:begin -->\n\n\| backend \| host/);
    expect(made).toContain(
      '| [mine](docs/reports/mine.json) | Node 20 | card; 1.2 (A\\|B) | no | 2 | 0 | 1 | 2026-11-26 |',
    );
    expect(made).toMatch(/<!-- support:end -->\nafter$/);
    expect(made).not.toContain('old');
    expect(withSupportTable(made, reports)).toBe(made);
  });

  it('needs its markers', () => {
    expect(() => withSupportTable('no markers', reports)).toThrow('support:begin');
  });

  it('has a page of kernels by dtype, with what is left out', () => {
    const page = supportPage(reports);
    expect(page).toContain('| `unary` | float32 0.50, (float16: 2 of 3) |');
    expect(page).toContain('- 1 skipped: no float16');
  });

  it('leaves out names that a host keeps to itself, and counts of what was left out whole', () => {
    const [{ file, report }] = reports;
    const backend = { name: 'mine', vendor: '65541', device: '0', driver: 'llvmpipe' };
    const left = { ...counts, passed: 0, skipped: 3 };
    const kernels = [{ kernel: 'unary', dtype: 'float16', counts: left }];
    const page = supportPage([{ file, report: { ...report, backend, kernels } }]);
    expect(page).toContain('| kernel | mine on llvmpipe, Node 20 |');
    expect(page).toContain('| `unary` | (float16) |');
  });

  it('is made from reports of the whole suite', () => {
    const found = readReports();
    expect(found.length).toBeGreaterThan(0);
    for (const { report } of found) expect(report.complete).toBe(true);
  });
});
