import { describe, expect, it } from 'vitest';
import { type Progress, ProgressCounter } from '../src/index.js';

describe('ProgressCounter', () => {
  it('reports the start and every change', () => {
    const events: Progress[] = [];
    const counter = new ProgressCounter('download', 'model', 10, (event) => events.push(event));
    counter.add(4);
    counter.add(6);
    expect(events.map(({ loaded }) => loaded)).toEqual([0, 4, 10]);
    for (const event of events) expect(event).toMatchObject({ kind: 'download', label: 'model', total: 10 });
  });

  it('never exceeds its total', () => {
    const events: Progress[] = [];
    const counter = new ProgressCounter('generate', 'model', 3, (event) => events.push(event));
    counter.add(5);
    expect(events.at(-1)?.loaded).toBe(3);
  });

  it('counts without a total, and without a listener', () => {
    const events: Progress[] = [];
    const counter = new ProgressCounter('generate', 'model', undefined, (event) => events.push(event));
    counter.add(5);
    expect(events.at(-1)).toEqual({ kind: 'generate', label: 'model', loaded: 5, total: undefined });
    new ProgressCounter('read', 'model', 1, undefined).add(1);
  });
});
