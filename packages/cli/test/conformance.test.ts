import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpu } from '@wick/backend-cpu';
import type { ConformanceCase } from '@wick/conformance';
import type { BackendLoader } from '@wick/core';
import { describe, expect, it } from 'vitest';
import type { ConformanceFlags } from '../src/args/options.js';
import { conformance } from '../src/commands/conformance.js';
import { main } from '../src/main.js';
import { type CapturedIo, capturedIo, linesOf } from './captured-io.js';

const load: BackendLoader = async () => ({ default: cpu });

function given(name: string, more: Partial<ConformanceCase> = {}): ConformanceCase {
  return { name, group: 'invariant 1', run: () => {}, ...more };
}

const failing = given('breaks', {
  run: () => {
    throw new Error('it is broken');
  },
});

const kernel = given('kernel unary, float32: neg', {
  kernel: 'unary',
  dtype: 'float32',
  run: ({ noteError }) => noteError({ share: 0.25, got: 1, want: 2 }),
});

function run(io: CapturedIo, cases: readonly ConformanceCase[], flags: Partial<ConformanceFlags> = {}) {
  return conformance(io, { seeds: 1, firstSeed: 1, ...flags }, { load, cases });
}

describe('wick conformance', () => {
  it('prints what passed, with the largest errors, and ends well', async () => {
    const io = capturedIo();
    expect(await run(io, [kernel, given('holds')])).toBe(0);
    expect(io.stderr.text).toBe('');
    const lines = linesOf(io.stdout.text);
    expect(lines[0]).toMatch(/^conformance of cpu: JavaScript, 1 thread; .*; Node /);
    expect(lines).toContain('unary   float32       1       0         0          0.250');
    expect(lines).toContain('invariant 1       1       0         0');
    expect(lines.at(-1)).toBe('conforms');
  });

  it('ends with 1 when a case fails, and says which and how', async () => {
    const io = capturedIo();
    expect(await run(io, [failing])).toBe(1);
    expect(io.stdout.text).toContain('wrong\n  breaks\n      failed: it is broken');
    expect(linesOf(io.stdout.text).at(-1)).toBe('does not conform');
  });

  it('fails a case that takes longer than it may', async () => {
    const io = capturedIo();
    const hanging = given('hangs', { run: () => new Promise(() => {}) });
    expect(await run(io, [hanging], { timeout: 20 })).toBe(1);
    expect(io.stdout.text).toContain('the case took more than 20 ms');
  });

  it('takes exclusions, shows their reasons, and ends with 1 when an expected failure passes', async () => {
    const io = capturedIo();
    const exclusions = join(io.cwd, 'exclusions.json');
    const write = (name: string) =>
      writeFileSync(exclusions, JSON.stringify({ expectedFailures: [{ case: name, reason: 'issue 9' }] }));
    write('breaks');
    expect(await run(io, [failing], { exclusions })).toBe(0);
    expect(io.stdout.text).toContain('1 case failed as expected: issue 9');
    write('holds');
    expect(await run(io, [given('holds')], { exclusions })).toBe(1);
    expect(io.stdout.text).toContain('passed unexpectedly: issue 9');
    write('nowhere');
    expect(await run(io, [given('holds')], { exclusions })).toBe(1);
    expect(io.stdout.text).toContain('no case is named by the entry for "nowhere"');
  });

  it.each([
    ['{', 'JSON'],
    ['[]', 'no object'],
    ['{"skip": []}', '"skip" is unknown'],
    ['{"unsupported": [{"case": "x"}]}', 'unsupported[0] has no reason'],
    ['{"unsupported": [{"kernel": "x", "dtype": "float8", "reason": "r"}]}', 'neither a case'],
  ])('refuses exclusions %s', async (text, message) => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'x.json'), text);
    await expect(run(io, [kernel], { exclusions: 'x.json' })).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining(message),
    });
  });

  it('writes the report as JSON and as a page', async () => {
    const io = capturedIo();
    expect(await run(io, [kernel], { json: 'report.json', html: 'report.html' })).toBe(0);
    const report: unknown = JSON.parse(readFileSync(join(io.cwd, 'report.json'), 'utf8'));
    expect(report).toMatchObject({ format: 'wick.conformance/1', conforms: true, counts: { passed: 1 } });
    expect(readFileSync(join(io.cwd, 'report.html'), 'utf8')).toContain('<h1>Conformance of cpu');
  });

  it('runs a part, and says so', async () => {
    const io = capturedIo();
    expect(await run(io, [failing, given('holds')], { filter: 'hold' })).toBe(0);
    expect(io.stdout.text).toContain('1 case in ');
    expect(io.stdout.text).toContain('Only cases with "hold".');
    await expect(run(io, [failing], { filter: 'nothing' })).rejects.toThrow('no case has "nothing"');
  });

  it('runs shards, and puts their reports together', async () => {
    const io = capturedIo();
    const cases = [kernel, failing, given('breaks not'), given('holds')];
    const [shard, second] = [1, 2].map((index) => ({ index, count: 2 }));
    expect(await run(io, cases, { shard, json: '1.json' })).toBe(0);
    expect(io.stdout.text).toContain('2 cases in ');
    expect(io.stdout.text).toContain('Shard 1 of 2.');
    expect(await run(io, cases, { shard: second, json: '2.json' })).toBe(1);
    const merged = capturedIo({ cwd: io.cwd });
    expect(await run(merged, [], { merge: ['2.json', '1.json'], json: 'all.json' })).toBe(1);
    expect(merged.stdout.text).toContain('4 cases in ');
    expect(merged.stdout.text).not.toContain('Shard');
    const all: unknown = JSON.parse(readFileSync(join(io.cwd, 'all.json'), 'utf8'));
    expect(all).toMatchObject({ complete: true, conforms: false, counts: { passed: 3, failed: 1 } });
    await expect(run(io, [], { merge: ['1.json'] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(run(io, [], { merge: ['none.json'] })).rejects.toMatchObject({ code: 'BAD_FILE' });
    await expect(run(io, [], { merge: ['1.json'], shard })).rejects.toThrow('--shard');
  });

  it.each(['1', '0/2', '3/2', '1/0', 'a/b', '1/2/3', '-1/2', '1/9999999'])(
    'refuses the shard %s',
    async (text) => {
      const io = capturedIo();
      expect(await main(['conformance', '--shard', text], io)).toBe(2);
      expect(io.stderr.text).toContain('It has to be K/N');
    },
  );

  it('stops at an interrupt, with its exit code and what there is so far', async () => {
    const io = capturedIo();
    const interrupting = given('first', { run: () => io.interrupt() });
    expect(await run(io, [interrupting, failing], { json: 'part.json' })).toBe(130);
    expect(io.stdout.text).toContain('The run was interrupted.');
    expect(io.listeners).toBe(0);
    const part: unknown = JSON.parse(readFileSync(join(io.cwd, 'part.json'), 'utf8'));
    expect(part).toMatchObject({ complete: false, counts: { passed: 1, failed: 0 } });
  });

  it('shows progress where it is wanted', async () => {
    const io = capturedIo();
    await run(io, [kernel, given('second')], { progress: true });
    expect(io.stderr.text).toContain('case kernel unary, float32: neg');
    expect(io.stderr.text).toContain('case 1 of 2, second\n');
  });
});
