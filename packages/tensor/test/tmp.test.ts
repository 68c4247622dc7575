import { it } from 'vitest';
import fc from 'fast-check';
import { expand, tensor,sub, where } from '../src/index.js';
import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 6 });
it('x', async () => {
  const device = await openDevice(cpu({ scrub: true }));
  for (const s of fc.sample(shapes, {numRuns: 400, seed: 5})) {
    const a = s.map((x,i)=> i%2?1:x).slice(s.length>>1);
    const make = (s: number[]) => tensor(device, Array.from({length: s.reduce((a,b)=>a*b,1)},(_, i)=>i), s);
    const t = setTimeout(()=>{ console.log('HANG', s, a, (globalThis as any).EX.dbg,(globalThis as any).EX.dbg2) }, 2000);
    const r = device.run(() => expand(make(a), s));
    const d = await r.data();
    clearTimeout(t);
    r.dispose();
  }
}, 8000);
