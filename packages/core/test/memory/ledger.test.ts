import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/memory/ledger.js';

describe('Ledger', () => {
  it('counts buffers and bytes by label, most bytes first', () => {
    const ledger = new Ledger();
    ledger.add('small', 4);
    ledger.add('large', 100);
    ledger.add('small', 8);
    expect([...ledger.byLabel()]).toEqual([
      ['large', { buffers: 1, bytes: 100 }],
      ['small', { buffers: 2, bytes: 12 }],
    ]);
    expect([ledger.buffers, ledger.bytes]).toEqual([3, 112]);
  });

  it('forgets a label with its last buffer', () => {
    const ledger = new Ledger();
    ledger.add('x', 4);
    ledger.add('x', 0);
    ledger.remove('x', 4);
    expect([...ledger.byLabel()]).toEqual([['x', { buffers: 1, bytes: 0 }]]);
    ledger.remove('x', 0);
    expect(ledger.byLabel().size).toBe(0);
    expect([ledger.buffers, ledger.bytes]).toEqual([0, 0]);
  });

  it('gives figures that later changes do not reach', () => {
    const ledger = new Ledger();
    ledger.add('x', 4);
    const before = ledger.byLabel();
    ledger.add('x', 4);
    expect(before.get('x')).toEqual({ buffers: 1, bytes: 4 });
  });
});
