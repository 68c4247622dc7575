import { cpu } from '@wick/backend-cpu';
import { it } from 'vitest';
import { recordDispatch } from '../src/graph/perform.js';
import { FaultPlan } from '../src/harness/faulty.js';
import { Conformance } from '../src/suite/run.js';

it('one', async () => {
  const c = new Conformance({ ...cpu({ scrub: true }), timeout: 5000 });
  const r = await c.run({
    name: 'x',
    group: 'g',
    async run(context) {
      const { device } = await context.open({
        faults: new FaultPlan('submission fails', 1),
        demands: { limits: { maxSubmissionsInFlight: 1 } },
      });
      const x = device.createBuffer({ byteLength: 64 }),
        y = device.createBuffer({ byteLength: 64 });
      device.fill(x, 1);
      device.flush();
      recordDispatch(device, 'mix', [x, y], 1);
      device.flush();
      console.log(await Promise.allSettled([device.read(y)]));
      await device.idle().catch(() => {});
      x.free();
      y.free();
    },
  });
  console.log(r.status, String(r.error));
}, 100000);
