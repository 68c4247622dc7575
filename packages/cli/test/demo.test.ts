import type { DeviceStats } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { demo } from '../src/commands/demo.js';
import { formatDemo, formatNext } from '../src/format/demo.js';
import { formatPictureDemo } from '../src/format/picture-demo.js';
import { formatStats } from '../src/format/stats.js';
import type { Generation } from '../src/generation.js';
import type { Io } from '../src/io.js';
import { capturedIo } from './captured-io.js';
import { fakeModel } from './fake-model.js';

const stats: DeviceStats = {
  buffers: { live: 57, bytes: 4_748_608, byLabel: new Map([['x', { buffers: 57, bytes: 4_748_608 }]]) },
  memory: {
    allocatedBytes: 5_445_856,
    pooledBytes: 695_584,
    peakAllocatedBytes: 5_445_856,
    allocations: 72,
    frees: 0,
    peakPlannedBytes: 5_438_688,
    peakUnplannedBytes: 5_979_776,
  },
  work: {
    tasks: 201,
    submissions: 201,
    passes: 201,
    barriers: 15_200,
    dispatches: 21_200,
    transfers: 469,
    plans: 3,
    replays: 199,
    completedSerial: 201,
    inFlight: 0,
    pipelines: 9,
  },
  backend: {},
};

const generation: Generation = {
  end: 'length',
  failure: undefined,
  tokens: { prompt: 7, generated: 200 },
  parameterCount: 2_374_272,
  contextLength: 256,
  backend: { name: 'cpu', vendor: 'Wick', device: 'JavaScript, 1 thread', driver: 'reference loops' },
  milliseconds: { open: 10, load: 138.2711, prompt: 45.5, decode: 4000 },
  stats,
};

describe('formatDemo', () => {
  it('is a table of the figures of the scheduler', () => {
    expect(formatDemo(generation, { planned: 48_416, unplanned: 589_504 })).toMatchInlineSnapshot(`
      "200 tokens on cpu (JavaScript, 1 thread), scheduled as

        dispatches     21,200  106 a token
        passes            201  one encoder each
        barriers       15,200  20,999 if one stood between all dispatches
        submissions       201  one command buffer each
        plans               3  and 199 replays of the decode step, which plan nothing
        peak memory  5.19 MiB  planned; 5.70 MiB unplanned
        temporaries  47.3 KiB  planned; 576 KiB unplanned (largest plan)
        time           4.19 s  138 ms to load, 45.5 ms to the first token
        speed          49.8/s  tokens after the first"
    `);
  });

  it('is followed by what to try next', () => {
    expect(formatNext('wick')).toMatchInlineSnapshot(`
      "Next:
        wick run shakespeare --prompt $'JULIET:\\n' --seed 7  another text
        wick imagine 'a small blue ring' --out ring.png      another picture
        wick plan shakespeare                                how it is scheduled
        wick devices                                         what else it can run on"
    `);
  });

  it('has a table for the picture too', () => {
    const before = {
      ...stats,
      work: { ...stats.work, dispatches: 21_000, barriers: 15_000, passes: 100, plans: 1 },
    };
    const size = { width: 64, height: 64, steps: 15 };
    const milliseconds = { load: 90, draw: 6543 };
    const names = { prompt: 'a ring', file: 'demo.png', backend: 'cpu' };
    expect(
      formatPictureDemo({ ...names, ...size, milliseconds, before, after: stats }),
    ).toMatchInlineSnapshot(`
      ""a ring" is in demo.png: 64 x 64 pixels in 15 steps on cpu, scheduled as

        dispatches      200  13.3 a step
        barriers        200  99 if one stood between all dispatches
        submissions       0  one command buffer each
        plans             2  and 0 replays of the denoising step
        time         6.54 s  and 90.0 ms to load"
    `);
  });

  it('stands a text without tokens', () => {
    const empty = { ...generation, tokens: { prompt: 7, generated: 0 } };
    expect(formatDemo(empty, { planned: 0, unplanned: 0 })).not.toMatch(/NaN|Infinity/);
  });
});

describe('formatStats', () => {
  it('is one flat line, but for what belongs together', () => {
    const asked = {
      name: 'shakespeare',
      path: undefined,
      sampling: { temperature: 0.8, topK: undefined, seed: 3 },
    };
    expect(formatStats(asked, generation)).toMatchInlineSnapshot(
      `"{"model":{"name":"shakespeare","parameters":2374272,"contextLength":256},"backend":{"name":"cpu","vendor":"Wick","device":"JavaScript, 1 thread","driver":"reference loops"},"sampling":{"temperature":0.8,"seed":3},"tokens":{"prompt":7,"generated":200},"end":"length","milliseconds":{"open":10,"load":138.271,"prompt":45.5,"decode":4000,"total":4193.771},"tokensPerSecond":49.75,"liveBuffers":57,"liveBytes":4748608,"allocatedBytes":5445856,"pooledBytes":695584,"peakAllocatedBytes":5445856,"allocations":72,"frees":0,"peakPlannedBytes":5438688,"peakUnplannedBytes":5979776,"tasks":201,"submissions":201,"passes":201,"barriers":15200,"dispatches":21200,"transfers":469,"plans":3,"replays":199,"completedSerial":201,"inFlight":0,"pipelines":9}"`,
    );
  });
});

describe('wick demo', () => {
  const draw = async (io: Io, _: unknown, file: string) => io.stdout.write(`drawn to ${file}\n`);

  it('names itself as its reader can call it', async () => {
    const text = async (env: Record<string, string>) => {
      const io = capturedIo({ env });
      expect(await demo(io, {}, fakeModel(), draw)).toBe(0);
      return io.stdout.text;
    };
    expect(await text({})).toMatch(
      /^Onceone two three\n\n\n4 tokens on cpu .*drawn to demo.png\n.*\n {2}wick plan shakespeare /s,
    );
    expect(await text({ npm_lifecycle_event: 'demo' })).toMatch(/\n {2}npx pnpm wick plan shakespeare /);
  });

  it('leaves the table out when it is interrupted', async () => {
    const io = capturedIo();
    const model = fakeModel({ beforeToken: (number) => (number === 1 ? io.interrupt() : undefined) });
    expect(await demo(io, {}, model)).toBe(130);
    expect(io.stdout.text).toBe('Onceone ');
  });
});
