import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench } from '../bench.js';
import { SIZES } from '../dispatch/measure.js';
import { replaceMarked } from '../report/markers.js';
import type { Results } from '../report/results.js';

describe('pnpm bench', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wick-bench-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(...args: readonly string[]) {
    let [out, err] = ['', ''];
    const code = await bench(args, folder, {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
    });
    return { code, out, err };
  }

  it('prints every table in its quick mode and writes nothing but the figures asked for', async () => {
    const json = join(folder, 'figures.json');
    const { code, out } = await run('--quick', '--json', json);
    expect(code).toBe(0);
    expect(out.match(/^## .*$/gm)).toEqual([
      '## Targets',
      '## Cost of a dispatch',
      '## Barriers and memory',
      '## A UNet step',
    ]);
    expect(out).not.toMatch(/NaN|Infinity|undefined/);
    expect(readdirSync(folder)).toEqual(['figures.json']);
    const results = JSON.parse(readFileSync(json, 'utf8')) as Results;
    expect(results.dispatches.map(({ dispatches }) => dispatches)).toEqual(SIZES);
    expect(results.plans).toHaveLength(18);
    for (const { lookAhead, placement, figures } of results.plans) {
      expect(figures.barriers).toBeLessThan(figures.commands);
      if (lookAhead > 1 && placement === 'share') {
        expect(figures.plannedBytes).toBeLessThanOrEqual(1.1 * figures.largestLiveBytes);
      }
    }
  }, 60_000);

  it('explains itself, and refuses options that it does not know', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, err: '' });
    const { code, out, err } = await run('--fast');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('--fast');
  });
});

describe('replaceMarked', () => {
  it('replaces what stands between the markers and nothing else', () => {
    const text = 'before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n';
    const once = replaceMarked(text, 'new');
    expect(once).toBe('before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter\n');
    expect(replaceMarked(once ?? '', 'new')).toBe(once);
  });

  it('leaves a text without a pair of markers alone', () => {
    expect(replaceMarked('no markers', 'new')).toBeUndefined();
    expect(replaceMarked('<!-- bench:end --> <!-- bench:begin -->', 'new')).toBeUndefined();
  });
});
