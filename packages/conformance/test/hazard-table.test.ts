/** The hazard table is complete, and written out in `docs/hazards.md`. */

import { describe, expect, it } from 'vitest';
import { hazardPage } from '../src/cases/hazard-table.js';
import { hazardCases, hazardCells } from '../src/cases/hazards.js';

describe('the hazard table', () => {
  it('has a case for every pair, boundary and relation', () => {
    const cells = hazardCells();
    const values = (key: 'boundary' | 'first' | 'second' | 'relation') =>
      new Set(cells.map((cell) => cell[key])).size;
    expect([values('boundary'), values('first'), values('second'), values('relation')]).toEqual([4, 8, 8, 3]);
    expect(cells).toHaveLength(4 * 8 * 8 * 3);
    expect(new Set(hazardCases().map(({ name }) => name)).size).toBe(cells.length);
  });

  it('keeps apart what shares bytes and is written by one of the two, and nothing else', () => {
    for (const { first, second, relation, conflicts } of hazardCells()) {
      const readers = [first, second].filter((name) => name.endsWith('reads')).length;
      expect(conflicts).toBe(relation !== 'touching' && readers < 2);
    }
  });

  it('is written out', async () => {
    await expect(hazardPage()).toMatchFileSnapshot('../../../docs/hazards.md');
  });
});
