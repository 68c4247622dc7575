import { cpu } from '@wick/backend-cpu';
import { it } from 'vitest';
import { SABOTEURS } from '../src/saboteurs/saboteurs.js';
import { allCases } from '../src/suite/all-cases.js';
import { Conformance } from '../src/suite/run.js';

const cases = allCases().filter((c) => c.kernel === undefined);
for (const saboteur of SABOTEURS) {
  it(saboteur.name, async () => {
    for (const strict of [false, true]) {
      const c = new Conformance({ ...cpu({ scrub: true }), saboteur, strict, seeds: 2, timeout: 6000 });
      const groups = new Map<string, number>();
      const names: string[] = [];
      for (const given of cases) {
        const r = await c.run(given);
        if (r.status !== 'failed') continue;
        groups.set(given.group, (groups.get(given.group) ?? 0) + 1);
        if (!given.group.startsWith('hazards')) names.push(given.name);
      }
      console.log('TABLE', saboteur.name, strict ? 'strict' : 'results', [...groups.values()].reduce((a, b) => a + b, 0), JSON.stringify([...groups]), '\n   ', names.join('\n    '));
    }
  }, 600000);
}
