/** Captions with two shapes, drawn by `wick imagine` in one batch, and judged. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { processIo, main as wick } from '@wick/cli';
import { decodePng } from '@wick/models';
import type { Output } from '../bench.js';
import { findShapes } from './find-shapes.js';
import { Random } from './random.js';
import { describe, type Scene, sampleScene } from './scenes.js';
import { judge, shares } from './verdict.js';

/** Share of pictures that have to be right but for sizes. */
export const GOAL = 0.9;

const HELP = `pnpm judge [options]

Draws captions with two shapes by the embedded model, through wick imagine in one batch (15 steps,
guidance 4), finds the shapes in the pictures, and says how many show what was asked for. Fails below
${GOAL * 100} % of them right in all but sizes.

  --count N         captions (default: 100)
  --seed N          other captions and pictures (default: 1)
  --folder DIR      keep the pictures there (default: a temporary folder)
  --judge-only      judge the pictures that lie in --folder
  --backend NAME    as of wick imagine
  --batch-size N    as of wick imagine
  --help            this text`;

/** The scenes of a seed. */
export function scenesOf(count: number, seed: number): readonly Scene[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => sampleScene(random));
}

/** Judges the pictures `0.png`-like of a folder; returns the lines of the report and whether the goal is met. */
function report(scenes: readonly Scene[], names: readonly string[]): { text: string; met: boolean } {
  const verdicts = scenes.map((scene, i) =>
    judge(scene, findShapes(decodePng(readFileSync(names[i]), names[i]))),
  );
  const wrong = verdicts.flatMap((verdict, i) =>
    verdict.allButSize ? [] : [`  ${names[i]}: ${describe(scenes[i])}`],
  );
  const found = shares(verdicts);
  const lines = Object.entries(found).map(
    ([aspect, share]) => `${aspect.padEnd(12)}${(100 * share).toFixed(1)} %`,
  );
  const missed = wrong.length === 0 ? [] : ['Wrong in more than sizes:', ...wrong];
  return {
    text: `${[`${scenes.length} pictures`, ...lines, ...missed].join('\n')}\n`,
    met: found.allButSize >= GOAL,
  };
}

/** Returns the exit code: 0 when the goal is met, 1 when it is missed, 2 for bad options. */
export async function judgeDrawings(args: readonly string[], output: Output): Promise<number> {
  let values: ReturnType<typeof readOptions>;
  try {
    values = readOptions(args);
  } catch (thrown) {
    output.err(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return 2;
  }
  if (values.help) {
    output.out(`${HELP}\n`);
    return 0;
  }
  const { count, seed } = values;
  const scenes = scenesOf(count, seed);
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'wick-judge-'));
  mkdirSync(folder, { recursive: true });
  try {
    const digits = `${count}`.length;
    const names = scenes.map((_, i) =>
      join(folder, count === 1 ? 'picture.png' : `picture-${`${i + 1}`.padStart(digits, '0')}.png`),
    );
    if (!values.judgeOnly) {
      const batch = join(folder, 'captions.txt');
      writeFileSync(batch, `${scenes.map(describe).join('\n')}\n`);
      const options = ['--batch', batch, '--out', join(folder, 'picture.png'), '--seed', `${seed}`];
      const code = await wick(
        ['imagine', ...options, '--steps', '15', '--guidance', '4', ...values.passedOn],
        { ...processIo(), stdout: { isTTY: false, columns: 100, write: async () => {} } },
      );
      if (code !== 0) return code;
    }
    const { text, met } = report(scenes, names);
    output.out(text);
    return met ? 0 : 1;
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      count: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      folder: { type: 'string' },
      'judge-only': { type: 'boolean', default: false },
      backend: { type: 'string' },
      'batch-size': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'count' | 'seed'): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is no whole number above 0`);
    return value;
  };
  const passed = (name: 'backend' | 'batch-size'): string[] => {
    const value = values[name];
    return value === undefined ? [] : [`--${name}`, value];
  };
  return {
    count: whole('count'),
    seed: whole('seed'),
    folder: values.folder === undefined ? undefined : resolve(values.folder),
    judgeOnly: values['judge-only'],
    passedOn: [...passed('backend'), ...passed('batch-size')],
    help: values.help,
  };
}
