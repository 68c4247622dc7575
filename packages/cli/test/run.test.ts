import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../src/commands/run.js';
import { reportFailure } from '../src/failure.js';
import { type CapturedIo, capturedIo, linesOf } from './captured-io.js';
import { fakeModel, TOKENS } from './fake-model.js';

const TEXT = `Once${TOKENS.join('')}`;

/** As `main` does: failures become an exit code and a line. */
async function runFake(
  io: CapturedIo,
  flags: Partial<Parameters<typeof run>[2]> = {},
  model = fakeModel(),
): Promise<number> {
  return run(io, 'fake', { maxTokens: 10, ...flags }, model).catch((thrown) =>
    reportFailure(thrown, io, false),
  );
}

/** The figures, which are the last line of standard error. */
function statsOf(io: CapturedIo): Record<string, unknown> {
  return JSON.parse(linesOf(io.stderr.text).at(-1) ?? '');
}

describe('wick run', () => {
  it('prints the prompt and the text, and nothing else', async () => {
    const io = capturedIo();
    const model = fakeModel();
    expect(await runFake(io, {}, model)).toBe(0);
    expect(io.stdout.text).toBe(TEXT);
    expect(io.stderr.text).toBe('');
    expect(model.disposed()).toBe(1);
    expect(io.listeners).toBe(0);
  });

  it('prints each token as it comes', async () => {
    const io = capturedIo();
    const seen: string[] = [];
    await runFake(io, {}, fakeModel({ beforeToken: () => void seen.push(io.stdout.text) }));
    expect(seen).toEqual(['', 'Onceone ', 'Onceone two ', 'Onceone two ']);
  });

  it('ends with a line break on a terminal', async () => {
    const io = capturedIo({ isTTY: true });
    expect(await runFake(io)).toBe(0);
    expect(io.stdout.text).toBe(`${TEXT}\n`);
  });

  it('prints the prompt alone when no token is wanted', async () => {
    const io = capturedIo();
    expect(await runFake(io, { maxTokens: 0 })).toBe(0);
    expect(io.stdout.text).toBe('Once');
  });

  it('takes the prompt as it is, or from standard input', async () => {
    const io = capturedIo({ input: 'From a pipe\n' });
    await runFake(io, { prompt: ' a\\n  ', maxTokens: 1 });
    expect(io.stdout.text).toBe(' a\\n  one ');
    const piped = capturedIo({ input: 'From a pipe\n' });
    await runFake(piped, { prompt: '-', maxTokens: 1 });
    expect(piped.stdout.text).toBe('From a pipe\none ');
  });

  it('reports figures as one line of JSON', async () => {
    const io = capturedIo();
    expect(await runFake(io, { stats: true, seed: 7, topK: 3 })).toBe(0);
    expect(io.stdout.text).toBe(TEXT);
    expect(linesOf(io.stderr.text)).toHaveLength(1);
    expect(statsOf(io)).toMatchObject({
      model: { name: 'fake', parameters: 1234, contextLength: 64 },
      backend: { name: 'cpu' },
      sampling: { temperature: 0.8, topK: 3, seed: 7 },
      tokens: { prompt: 4, generated: 4 },
      end: 'end',
      milliseconds: { open: expect.any(Number), load: expect.any(Number), total: expect.any(Number) },
      dispatches: 12,
      passes: 4,
      barriers: 12,
      submissions: 4,
      transfers: 4,
      plans: 4,
      replays: 0,
      peakPlannedBytes: expect.any(Number),
      peakUnplannedBytes: expect.any(Number),
      allocations: expect.any(Number),
    });
  });

  it('turns --greedy into temperature 0', async () => {
    const io = capturedIo();
    await runFake(io, { stats: true, greedy: true });
    expect(statsOf(io).sampling).toEqual({ temperature: 0 });
  });

  it.each([
    [{ temperature: -1 }, /temperature/],
    [{ topP: 0 }, /top-p/],
    [{ topK: 0 }, /top-k/],
  ])('refuses %o before it opens anything', async (flags, message) => {
    const io = capturedIo();
    const opened = fakeModel({ whileLoading: () => expect.fail('it was loaded') });
    expect(await runFake(io, flags, opened)).toBe(2);
    expect(io.stderr.text).toMatch(message);
    expect(io.stderr.text).toMatch(/^wick: .* \[INVALID_ARGUMENT\]\n$/);
  });
});

describe('progress', () => {
  it('is silent where standard error is no terminal', async () => {
    const io = capturedIo();
    await runFake(io);
    expect(io.stderr.text).toBe('');
  });

  it('comes in whole lines with --progress', async () => {
    const io = capturedIo();
    await runFake(io, { progress: true });
    expect(linesOf(io.stderr.text)).toEqual([
      'reading fake.bin  [                    ]  0 B of 4 KiB',
      'reading fake.bin  [####################]  4 KiB of 4 KiB',
    ]);
  });

  it('is one line on a terminal, which goes again', async () => {
    const io = capturedIo({ isTTY: true });
    await runFake(io);
    expect(io.stderr.text).not.toContain('\n');
    expect(io.stderr.text.split('\r\x1b[K').at(-1)).toBe('');
  });
});

describe('an interrupt', () => {
  it('keeps the text so far and gives exit code 130', async () => {
    const io = capturedIo();
    const model = fakeModel({ beforeToken: (number) => (number === 2 ? io.interrupt() : undefined) });
    expect(await runFake(io, { stats: true, trace: 'trace.json' }, model)).toBe(130);
    expect(io.stdout.text).toBe('Onceone two ');
    expect(statsOf(io)).toMatchObject({ end: 'cancelled', tokens: { generated: 2 }, dispatches: 9 });
    expect(JSON.parse(readFileSync(join(io.cwd, 'trace.json'), 'utf8')).traceEvents).not.toHaveLength(0);
    expect(model.disposed()).toBe(1);
    expect(io.listeners).toBe(0);
  });

  it('ends the line on a terminal', async () => {
    const io = capturedIo({ isTTY: true });
    const model = fakeModel({ beforeToken: (number) => (number === 1 ? io.interrupt() : undefined) });
    expect(await runFake(io, {}, model)).toBe(130);
    expect(io.stdout.text).toBe('Onceone \n');
  });

  it('works while the model is loaded', async () => {
    const io = capturedIo();
    const model = fakeModel({ whileLoading: () => io.interrupt(143) });
    expect(await runFake(io, { stats: true }, model)).toBe(143);
    expect(io.stdout.text).toBe('');
    expect(statsOf(io)).toMatchObject({ end: 'cancelled', tokens: { generated: 0 } });
  });
});

describe('an output that nobody reads any more', () => {
  it('ends the work quietly', async () => {
    const io = capturedIo({ closesAfter: 10 });
    const model = fakeModel();
    expect(await runFake(io, { stats: true }, model)).toBe(0);
    expect(io.stdout.text).toBe('Onceone ');
    expect(linesOf(io.stderr.text)).toHaveLength(1);
    expect(statsOf(io)).toMatchObject({ end: 'closed', tokens: { generated: 2 } });
    expect(model.disposed()).toBe(1);
  });
});

describe('a failure', () => {
  const broken = () =>
    fakeModel({
      beforeToken: (number) => {
        if (number === 1) throw new TypeError('x is\nundefined.');
      },
    });

  it('is one line and exit code 1, behind the text so far', async () => {
    const io = capturedIo();
    expect(await runFake(io, {}, broken())).toBe(1);
    expect(io.stdout.text).toBe('Onceone ');
    expect(io.stderr.text).toBe('wick: internal error: x is | undefined (--debug shows where)\n');
  });

  it('leaves figures and trace', async () => {
    const io = capturedIo();
    expect(await runFake(io, { stats: true, trace: 'trace.json' }, broken())).toBe(1);
    const json = linesOf(io.stderr.text).find((line) => line.startsWith('{'));
    expect(JSON.parse(json ?? '')).toMatchObject({ end: 'failed', tokens: { generated: 1 } });
    expect(readdirSync(io.cwd)).toEqual(['trace.json']);
  });
});

describe('--trace', () => {
  it('says where, and writes what Perfetto opens', async () => {
    const io = capturedIo();
    expect(await runFake(io, { trace: 'trace.json' })).toBe(0);
    const [first, last] = linesOf(io.stderr.text);
    expect(first).toBe('wick: tracing is on, to trace.json');
    expect(last).toMatch(/^wick: trace written to .*trace\.json \(\d+ events\)$/);
    const { traceEvents } = JSON.parse(readFileSync(join(io.cwd, 'trace.json'), 'utf8'));
    const names = traceEvents
      .filter((event: { ph: string }) => event.ph === 'X')
      .map((e: { name: string }) => e.name);
    expect(names).toContain('decode');
    expect(readdirSync(io.cwd)).toEqual(['trace.json']);
  });

  it('takes the place of an older trace', async () => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'trace.json'), 'old');
    await runFake(io, { trace: 'trace.json' });
    expect(readFileSync(join(io.cwd, 'trace.json'), 'utf8')).toMatch(/^\{"traceEvents":/);
  });

  it.each(['no/such/folder.json', '.'])('refuses %s before it loads anything', async (file) => {
    const io = capturedIo();
    const model = fakeModel({ whileLoading: () => expect.fail('it was loaded') });
    expect(await runFake(io, { trace: file }, model)).toBe(2);
    expect(io.stdout.text).toBe('');
    expect(io.stderr.text).toMatch(/^wick: the trace cannot be written to .* \[BAD_FILE\]\n$/);
  });
});
