import { cpu } from '@wick/backend-cpu';
import { it } from 'vitest';
import { Conformance } from '../src/suite/run.js';

it('one', async () => {
  const c = new Conformance({ ...cpu({ scrub: true }), timeout: 5000 });
  for (const noHostMemory of [false, true]) {
  const r = await c.run({ name: 'x', group: 'g', async run(context) {
      const { device } = await context.open(noHostMemory ? { demands: { noHostMemory } } : {});
      const x = device.createBuffer({ byteLength: 37 }), y = device.createBuffer({ byteLength: 37 });
      device.fill(x, 0x01020304);
      device.copy(x, y);
      console.log(await device.read(y));
      device.write(x, new Uint8Array(37).fill(9));
      console.log(await device.read(x));
      x.free(); y.free();
  }});
  console.log(r.status, String(r.error));
  }
}, 100000);
