import { describe, expect, it } from 'vitest';
import { Scopes } from '../../src/memory/scopes.js';

/** Notes in `log` when it is disposed. */
function resource(name: string, log: string[]): Disposable & { readonly name: string } {
  return { name, [Symbol.dispose]: () => log.push(name) };
}

function scenario() {
  const scopes = new Scopes();
  const log: string[] = [];
  const make = (name: string) => scopes.track(resource(name, log));
  return { scopes, log, make };
}

describe('Scopes', () => {
  it('dispose what is not part of the result, newest first', () => {
    const { scopes, log, make } = scenario();
    const kept = scopes.run(() => {
      make('a');
      const result = make('b');
      make('c');
      return result;
    });
    expect(log).toEqual(['c', 'a']);
    expect(kept.name).toBe('b');
  });

  it('keep what the result holds in arrays, sets, maps and plain objects, at any depth, in cycles too', () => {
    const { scopes, log, make } = scenario();
    scopes.run(() => {
      const cycle: unknown[] = [make('in a cycle')];
      cycle.push(cycle);
      make('dropped');
      return {
        list: [make('in a list')],
        map: new Map([['key', { deep: [make('in a map')] }]]),
        set: new Set([make('in a set')]),
        cycle,
      };
    });
    expect(log).toEqual(['dropped']);
  });

  it('do not look into instances of classes', () => {
    class Holder {
      constructor(readonly held: unknown) {}
    }
    const { scopes, log, make } = scenario();
    scopes.run(() => new Holder(make('held')));
    expect(log).toEqual(['held']);
  });

  it('hand what is kept to the scope around them', () => {
    const { scopes, log, make } = scenario();
    scopes.run(() => {
      const inner = scopes.run(() => {
        make('inner');
        return make('kept');
      });
      expect(log).toEqual(['inner']);
      make('outer');
      return inner.name;
    });
    expect(log).toEqual(['inner', 'outer', 'kept']);
  });

  it('dispose everything when the function throws, and rethrow', () => {
    const { scopes, log, make } = scenario();
    const failure = new Error('on purpose');
    const run = () =>
      scopes.run(() => {
        make('a');
        scopes.run(() => {
          make('b');
          throw failure;
        });
      });
    expect(run).toThrow(failure);
    expect(log).toEqual(['b', 'a']);
    scopes.run(() => make('later'));
    expect(log).toEqual(['b', 'a']);
  });

  it('leave alone what was taken out of them, also after it was handed outwards', () => {
    const { scopes, log, make } = scenario();
    scopes.run(() => {
      const freed = make('untracked in the inner scope');
      const kept = scopes.run(() => {
        scopes.untrack(freed);
        return make('untracked in the outer scope');
      });
      scopes.untrack(kept);
    });
    expect(log).toEqual([]);
  });

  it('track nothing outside', () => {
    const { scopes, log, make } = scenario();
    make('free');
    scopes.run(() => {});
    expect(log).toEqual([]);
  });
});
