/** `wick plan`: how the work of a model is scheduled. */

import type { Plan } from '@wick/core';
import type { PlanFlags } from '../args/options.js';
import { formatPlan } from '../format/plan.js';
import { countOf } from '../format/units.js';
import type { Io } from '../io.js';
import { type ChooseModel, chooseModel, promptOf } from '../models.js';
import { reportPlan } from '../plan/report.js';
import { ProgressLine } from '../progress.js';
import { withSession } from '../session.js';

const PHASES = ['prompt', 'decode'] as const;

export async function plan(
  io: Io,
  name: string,
  flags: PlanFlags,
  choose: ChooseModel = chooseModel,
): Promise<number> {
  const chosen = choose(io, name, flags);
  const prompt = await promptOf(io, flags, chosen);
  return withSession(io, flags, async ({ device, signal }) => {
    const progress = new ProgressLine(io.stderr, false);
    using model = await chosen
      .load(device, { onProgress: (event) => progress.show(event), signal })
      .finally(() => progress.clear());
    const plans: Plan[] = [];
    const stop = device.observePlans((made) => plans.push(made));
    // The second token needs the first decode step.
    for await (const _ of model.generate(prompt, { maxTokens: 2, signal, sampling: { temperature: 0 } }));
    stop();

    const wanted: readonly string[] = flags.phase === undefined ? PHASES : [flags.phase];
    const reports = plans.filter(({ recording }) => wanted.includes(recording.label)).map(reportPlan);
    const { info } = device;
    if (flags.json) {
      const head = { model: { name, path: chosen.path, parameters: model.parameterCount }, backend: info };
      await io.stdout.write(`${JSON.stringify({ ...head, plans: reports }, undefined, 2)}\n`);
      return;
    }
    const tokens = countOf(model.tokenizer.encode(prompt).length, 'token');
    const head = `${name} on ${info.name} (${info.device}): ${countOf(model.parameterCount, 'parameter')}, a prompt of ${tokens}`;
    const full = flags.full === true;
    const columns = io.stdout.isTTY ? Math.max(100, io.stdout.columns) : 100;
    const texts = reports.map((report) => formatPlan(report, { columns, full }));
    if (texts.length === 0) texts.push('The model ended its text before there was anything to plan.');
    await io.stdout.write(`${[head, ...texts].join('\n\n')}\n`);
  });
}
