import { readFileSync } from 'node:fs';
import { openDevice } from '@wick/core';
import { expect, it } from 'vitest';
import { parseOpCases, runOpCase } from '../../conformance/src/cases/op-cases.js';
import { webgpu } from '../src/index.js';
import { missingVulkan } from '../../../testing/webgpu.js';
import { requireShared } from '#shared';

it('runs', { timeout: 600000 }, async () => {
  expect(missingVulkan()).toBe(undefined);
  const device = await openDevice(webgpu());
  const folder = requireShared('fixtures/op-cases');
  const cases = parseOpCases(readFileSync(folder + '/cases.json', 'utf8'), new Uint8Array(readFileSync(folder + '/cases.safetensors')));
  const bad = new Map<string, string[]>(); let ok = 0; const unsup = new Map<string, number>();
  for (const c of cases.filter(c => process.env.OPS === undefined || process.env.OPS.split(',').includes(c.op))) {
    try {
      const p = await runOpCase(device, c);
      if (p === undefined) ok++;
      else bad.set(c.op, [...(bad.get(c.op) ?? []), `${c.name} [${c.tags}] rtol ${c.rtol} atol ${c.atol}: ${p}`]);
    } catch (e) { const m = (e as Error & {code?: string}); if (m.code === 'KERNEL_UNSUPPORTED') { const k = m.message.replace(/.*kernel "(\w+)".*\): (.*)/, '$1: $2').slice(0,100); unsup.set(k, (unsup.get(k) ?? 0) + 1); } else bad.set(c.op, [...(bad.get(c.op) ?? []), `${c.name}: ${m.code} ${m.message.slice(0, 1500)}`]); }
  }
  console.log(cases.length, 'ok', ok, Object.fromEntries(unsup));
  for (const [op, list] of bad) console.log(op, list.length, '\n  ' + list.slice(0, 6).join('\n  '));
  await device.close();
});
