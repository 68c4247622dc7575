import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, whyUnavailable } from '@wick/softmetal/build';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUnless } from '#shared';

const folder = fileURLToPath(new URL('..', import.meta.url));
const native = join(folder, 'test/native');

/** The tests in Objective-C++ by name, as their sources list them. */
const names = readdirSync(native)
  .filter((file) => file.endsWith('.mm'))
  .flatMap((file) => [...readFileSync(join(native, file), 'utf8').matchAll(/^TEST\("(.*)"\)/gm)])
  .map((match) => match[1] ?? '');

describeUnless(whyUnavailable(), 'softmetal', () => {
  const results = new Map<string, string>();
  const scratch = mkdtempSync(join(tmpdir(), 'softmetal-'));

  beforeAll(async () => {
    await build({ test: true });
    const { stdout, stderr } = spawnSync(join(folder, 'dist/softmetal-test'), {
      encoding: 'utf8',
      env: { ...process.env, SOFTMETAL_QUIET: '1', SOFTMETAL_FAIL: '' },
    });
    // A failure may have several lines.
    for (const block of stdout.split(/^(?=ok |not ok )/m)) {
      const name = names.find((one) => block.includes(`ok ${one}`));
      if (name !== undefined) results.set(name, block.startsWith('ok') ? 'ok' : block);
    }
    if (stderr !== '') console.error(stderr);
  }, 900_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(names)('%s', (name) => {
    expect(results.get(name) ?? 'did not run').toBe('ok');
  });

  describe('softmetal-msl', () => {
    const tool = join(folder, 'dist/softmetal-msl');
    const write = (name: string, text: string | Uint8Array) => {
      writeFileSync(join(scratch, name), text);
      return join(scratch, name);
    };

    it('names the line of an error', () => {
      const file = write('wrong.metal', 'kernel void f(device int *x [[buffer(0)]]) {\n  x[0] = y;\n}\n');
      const { status, stderr } = spawnSync(tool, ['check', file], { encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stderr).toContain("program_source:2:10: error: use of undeclared identifier 'y'");
    });

    it('runs a kernel on files, with a function constant and threadgroup memory', () => {
      const source = `#include <metal_stdlib>
using namespace metal;
constant int shift [[function_constant(0)]];
kernel void rotate_by(device int *x [[buffer(0)]], threadgroup int *copy [[threadgroup(0)]],
                      uint i [[thread_position_in_threadgroup]], uint n [[threads_per_threadgroup]]) {
  copy[i] = x[i];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  x[i] = copy[(i + shift) % n];
}
`;
      const file = write('rotate.metal', source);
      const data = write('data.bin', new Uint8Array(Int32Array.from([0, 1, 2, 3, 4, 5]).buffer));
      const options = ['--grid', '6', '--threadgroup', '6', '--constant', '0=2', '--memory', '0=32'];
      const args = ['run', file, 'rotate_by', '--buffer', `0=${data}`, ...options];
      expect(spawnSync(tool, args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
      expect([...new Int32Array(new Uint8Array(readFileSync(data)).buffer)]).toEqual([2, 3, 4, 5, 0, 1]);
    });
  });
});
