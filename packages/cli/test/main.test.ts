import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { version } from '../package.json';
import { main } from '../src/main.js';
import { capturedIo, linesOf } from './captured-io.js';

async function call(...args: string[]) {
  const io = capturedIo();
  const exitCode = await main(args, io);
  return { exitCode, stdout: io.stdout.text, stderr: io.stderr.text };
}

describe('what the user can put right', () => {
  it.each([
    ['an unknown command', ['no-such-command'], /unknown command 'no-such-command' \[INVALID_ARGUMENT\]/],
    ['help for an unknown command', ['help', 'nope'], /there has to be a command; .* \[INVALID_ARGUMENT\]/],
    [
      'an unknown option',
      ['run', 'shakespeare', '--stat'],
      /unknown option '--stat'; did you mean --stats\?/,
    ],
    ['no model', ['run'], /missing required argument 'model'/],
    ['too many models', ['plan', 'a', 'b'], /too many arguments/],
    ['an unknown model', ['run', 'hamlet'], /there is no model "hamlet"; there are shakespeare, and llama/],
    ['llama without a path', ['run', 'llama'], /llama needs --model/],
    ['a path for the embedded model', ['plan', 'shakespeare', '--model', 'x'], /takes no --model/],
    [
      'a missing path',
      ['run', 'llama', '--model', '/no/such'],
      /there is no model at \/no\/such \[BAD_FILE\]/,
    ],
    ['a folder that is no model', ['run', 'llama', '--model', '.'], /no model folder.* \[BAD_MODEL\]/],
    ['a number that is none', ['run', 'shakespeare', '--max-tokens', '1.5'], /'1.5' is invalid/],
    ['a negative count', ['run', 'shakespeare', '--seed', '-1'], /'-1' is invalid/],
    ['a temperature that is none', ['run', 'shakespeare', '--temperature', 'hot'], /'hot' is invalid/],
    ['a probability above 1', ['run', 'shakespeare', '--top-p', '1.1'], /top-p is 1.1/],
    [
      'greedy and free',
      ['run', 'shakespeare', '--greedy', '--top-k', '2'],
      /cannot be used with option '--top-k/,
    ],
    ['an unknown phase', ['plan', 'shakespeare', '--phase', 'x'], /Allowed choices are prompt, decode/],
    ['a backend without a name', ['run', 'shakespeare', '--backend', 'cpu,'], /'cpu,' is invalid/],
    [
      'an unknown backend',
      ['run', 'shakespeare', '--backend', 'abacus'],
      /tried abacus: .* \[BACKEND_UNAVAILABLE\]/,
    ],
    [
      'no backend of several',
      ['plan', 'shakespeare', '--backend', 'x,y', '--backend', 'z'],
      /x: .*; y: .*; z: /,
    ],
    [
      'an impossible backend',
      ['demo', '--backend', '../../x'],
      /is no backend's name \[BACKEND_UNAVAILABLE\]/,
    ],
    [
      'a missing configuration',
      ['devices', '--config', 'no.json'],
      /^wick: no.json: there is no .* \[BAD_CONFIG\]/,
    ],
    ['an empty prompt', ['run', 'shakespeare', '--prompt', ''], /the prompt is empty \[INVALID_ARGUMENT\]/],
    ['a prompt in other letters', ['run', 'shakespeare', '--prompt', 'é'], /no token for "é"/],
    ['a prompt that is too long', ['run', 'shakespeare', '--prompt', 'a'.repeat(257)], /257 tokens/],
  ])('%s is one line, and exit code 2', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await call(...args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^wick: [^\n]+ \[[A-Z_]+\]\n$/);
    expect(stdout).toBe('');
    expect(exitCode).toBe(2);
  });

  it('shows the stack with --debug, wherever it stands, or WICK_DEBUG=1', async () => {
    const stack = /\n {4}at /;
    expect((await call('run', 'llama', '--model', '/no/such')).stderr).not.toMatch(stack);
    expect((await call('run', 'llama', '--model', '/no/such', '--debug')).stderr).toMatch(stack);
    expect((await call('--debug', 'run', 'llama', '--model', '/no/such')).stderr).toMatch(stack);
    const io = capturedIo({ env: { WICK_DEBUG: '1' } });
    await main(['run', 'hamlet'], io);
    expect(io.stderr.text).toMatch(stack);
  });

  it('lists the commands when there is none, and fails', async () => {
    const { exitCode, stdout, stderr } = await call();
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Usage: wick/);
  });
});

describe('help', () => {
  it('lists the commands', async () => {
    const { exitCode, stdout, stderr } = await call('--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const name of ['run', 'demo', 'devices', 'plan'])
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(['run', 'demo', 'devices', 'plan'])(
    'of %s has an example and fits into 100 columns',
    async (name) => {
      const { exitCode, stdout } = await call(name, '--help');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(new RegExp(`Example:\n  wick ${name}`));
      expect(stdout).toContain('--debug');
      expect(linesOf(stdout).filter((line) => line.length > 100)).toEqual([]);
      expect((await call('help', name)).stdout).toBe(stdout);
    },
  );

  it('prints the version', async () => {
    expect(await call('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('wick.config.json', () => {
  it('is read from the working directory', async () => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'wick.config.json'), '\uFEFF{ "backend": "abacus" }');
    expect(await main(['run', 'shakespeare', '--max-tokens', '0'], io)).toBe(2);
    expect(io.stderr.text).toMatch(/abacus.*\[BACKEND_UNAVAILABLE\]/);
  });

  it('gives way to --backend', async () => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'wick.config.json'), '{ "backend": "abacus" }');
    expect(await main(['run', 'shakespeare', '--max-tokens', '0', '--backend', 'cpu'], io)).toBe(0);
  });

  it.each([
    ['{ "backend": ', /^wick: wick.config.json: is not JSON: /],
    ['{ "backends": 3 }', /"backends" must be an object/],
    ['{ "colour": 3 }', /"colour" is unknown/],
    ['[]', /must be an object/],
  ])('is refused if it is %s', async (config, message) => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'wick.config.json'), config);
    expect(await main(['devices'], io)).toBe(2);
    expect(io.stderr.text).toMatch(message);
    expect(io.stderr.text).toMatch(/^[^\n]+ \[BAD_CONFIG\]\n$/);
    expect(io.stdout.text).toBe('');
  });

  it('gives options to the backend and the device', async () => {
    const io = capturedIo();
    writeFileSync(join(io.cwd, 'small.json'), '{ "backends": { "cpu": { "memoryBytes": 1000 } } }');
    expect(await main(['run', 'shakespeare', '--config', 'small.json'], io)).toBe(1);
    expect(io.stderr.text).toMatch(/^wick: [^\n]+ \[OUT_OF_MEMORY\]\n$/);
  });
});

describe('a list of backends', () => {
  it('falls back, and says why', async () => {
    const io = capturedIo();
    expect(await main(['run', 'shakespeare', '--max-tokens', '0', '--backend', 'abacus, cpu'], io)).toBe(0);
    expect(io.stderr.text).toMatch(
      /^wick: running on cpu, because of abacus: the package .* is not installed[^\n]+\n$/,
    );
  });
});
