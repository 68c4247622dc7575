import { CPU_CAPABILITIES, CPU_LIMITS } from '@wick/backend-cpu';
import { planRecording } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { plan as planCommand } from '../src/commands/plan.js';
import { formatPlan } from '../src/format/plan.js';
import { reportPlan } from '../src/plan/report.js';
import { capturedIo, linesOf } from './captured-io.js';
import { fakeModel } from './fake-model.js';
import { layers, planOf, upload } from './planned.js';

describe('formatPlan', () => {
  it('prints passes, epochs, barriers and the placement', async () => {
    const text = formatPlan(reportPlan(await layers(2)), { columns: 100, full: false });
    expect(text).toMatchInlineSnapshot(`
      "test: 7 commands (6 dispatches, 1 transfer), 1 pass, 5 epochs, 4 barriers, 1 submission
        memory of temporaries: 3 KiB planned, 6 KiB unplanned, 3 KiB largest live set

      pass 0 (compute) of submission 0
        epoch 0      #0        write x
        - barrier 0    x (1 KiB): #0 write x writes, #1 layers.0/mlp/gate reads
        epoch 1      #1-2      layers.0/mlp: gate, up
        - barrier 1    gate (1 KiB), layers.0: #1 mlp/gate writes, #3 add reads
        epoch 2      #3        layers.0/add
        - barrier 2    add (1 KiB): #3 layers.0/add writes, #4 layers.1/mlp/gate reads
        epoch 3      #4-5      layers.1/mlp: gate, up
        - barrier 3    gate (1 KiB), layers.1: #4 mlp/gate writes, #6 add reads
        epoch 4      #6        layers.1/add

      placement: a letter is a temporary, · is free
        arena 0 (3 KiB, 6 temporaries):
          0 B aaaddd·
        1 KiB ·bbbeee
        2 KiB ··cc·ff
              #0   #6

        the largest temporaries:
          a    x     1 KiB             first #0 to #2
          b e  gate  1 KiB  2 of them  first #1 to #3
          c f  up    1 KiB  2 of them  first #2 to #3
          d    add   1 KiB             first #3 to #5"
    `);
  });

  it('prints every command with --full', async () => {
    const text = formatPlan(reportPlan(await layers(1)), { columns: 100, full: true });
    expect(text).toMatchInlineSnapshot(`
      "test: 4 commands (3 dispatches, 1 transfer), 1 pass, 3 epochs, 2 barriers, 1 submission
        memory of temporaries: 3 KiB planned, 3 KiB unplanned, 3 KiB largest live set

      pass 0 (compute) of submission 0
        epoch 0      #0
          #0  write x  upload   -> x
        - barrier 0    x (1 KiB): #0 write x writes, #1 layers.0/mlp/gate reads
        epoch 1      #1-2
          #1  layers.0/mlp/gate  test.combine 256x1x1  x -> gate
          #2  layers.0/mlp/up    test.combine 256x1x1  x -> up
        - barrier 1    gate (1 KiB), layers.0: #1 mlp/gate writes, #3 add reads
        epoch 2      #3
          #3  layers.0/add  test.combine 256x1x1  gate, up -> add

      placement: a letter is a temporary, · is free
        arena 0 (3 KiB, 3 temporaries):
          0 B aaa·
        1 KiB ·bbb
        2 KiB ··cc
              #0

        temporaries:
          a  x     1 KiB  arena 0 + 0     #0 to #2
          b  gate  1 KiB  arena 0 + 1024  #1 to #3
          c  up    1 KiB  arena 0 + 2048  #2 to #3"
    `);
  });

  it('does not repeat layers that are alike, except with --full', async () => {
    const report = reportPlan(await layers(12));
    const short = formatPlan(report, { columns: 100, full: false });
    expect(short).toMatch(/^ {2}\.\.\. epochs \d+ to \d+: as \d+ to \d+, \d+ times more/m);
    expect(short).not.toContain('layers.8/');
    const full = formatPlan(report, { columns: 100, full: true });
    for (let i = 0; i < 12; i++) expect(full).toContain(`layers.${i}/mlp/gate`);
  });

  it.each([100, 140, 240])('fits into %d columns', async (columns) => {
    const text = formatPlan(reportPlan(await layers(40)), { columns, full: false });
    expect(linesOf(text).filter((line) => line.length > columns)).toEqual([]);
  });

  it('prints several passes, submissions and arenas', async () => {
    const { recording } = await layers(2);
    const capabilities = { ...CPU_CAPABILITIES, transfersInComputePass: [], wholeAllocationBindings: true };
    const limits = { ...CPU_LIMITS, maxCommandsPerSubmission: 4 };
    const report = reportPlan(planRecording(recording, limits, capabilities));
    const text = formatPlan(report, { columns: 100, full: false });
    expect(text).toMatch(/^pass 0 \(transfer\) of submission 0$/m);
    expect(text).toMatch(/^pass 1 \(compute\) of submission 0, waits for pass 0$/m);
    expect(text).toMatch(/^pass 2 \(compute\) of submission 1, waits for pass 1$/m);
    expect(text).toMatch(/^ {2}arena 0 \(.*\):\n(.*\n)+ {2}arena 1 \(.*\):$/m);
    const full = formatPlan(report, { columns: 100, full: true });
    expect(full).toMatch(/^ {4}\w {2}\w+ +1 KiB {2}arena 1 \+ \d+ /m);
  });

  it('prints a plan without temporaries', async () => {
    const plan = await planOf((device) => upload(device, 16, 'x'));
    expect(formatPlan(reportPlan(plan), { columns: 100, full: false })).toMatchInlineSnapshot(`
      "test: 1 command (0 dispatches, 1 transfer), 1 pass, 1 epoch, 0 barriers, 1 submission
        memory of temporaries: 0 B planned, 0 B unplanned, 0 B largest live set

      pass 0 (compute) of submission 0
        epoch 0      #0        write x

      placement: no temporaries"
    `);
  });
});

describe('wick plan', () => {
  it('prints both phases, or one', async () => {
    const both = capturedIo();
    expect(await planCommand(both, 'fake', {}, fakeModel())).toBe(0);
    expect(both.stdout.text).toMatch(
      /^fake on cpu \(JavaScript, 1 thread\): 1,234 parameters, a prompt of 4 tokens\n\nprompt: 4 commands/,
    );
    expect(both.stdout.text).toMatch(/\n\ndecode: 4 commands/);
    expect(both.stderr.text).toBe('');
    const one = capturedIo();
    await planCommand(one, 'fake', { phase: 'decode' }, fakeModel());
    expect(one.stdout.text).not.toMatch(/\nprompt: /);
    expect(one.stdout.text).toMatch(/\ndecode: /);
  });

  it('prints JSON', async () => {
    const io = capturedIo();
    await planCommand(io, 'fake', { json: true }, fakeModel());
    expect(JSON.parse(io.stdout.text)).toMatchObject({
      model: { name: 'fake', parameters: 1234 },
      backend: { name: 'cpu' },
      plans: [
        { label: 'prompt', figures: { dispatches: 3, barriers: 3 }, passes: [{ kind: 'compute' }] },
        { label: 'decode' },
      ],
    });
  });

  it('says so when there is nothing to plan', async () => {
    const io = capturedIo();
    await planCommand(io, 'fake', {}, fakeModel({ tokens: [] }));
    expect(io.stdout.text).toMatch(/before there was anything to plan/);
  });

  it('can be interrupted', async () => {
    const io = capturedIo();
    expect(await planCommand(io, 'fake', {}, fakeModel({ whileLoading: () => io.interrupt() }))).toBe(130);
    expect(io.stdout.text).toBe('');
  });
});
