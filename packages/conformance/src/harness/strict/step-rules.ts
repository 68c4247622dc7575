/** Whether one submission is what the contract says a submission is, apart from the order of its effects. */

import type { Submission } from '@wick/core';
import { checkDispatch, checkTransfer } from './command-rules.js';
import { checkRange } from './ranges.js';
import type { Report, StepRules, Violation } from './violation.js';

/** Everything that is wrong with the submission, or nothing. */
export function checkSubmission(submission: Submission, rules: StepRules): Violation[] {
  const violations: Violation[] = [];
  const report: Report = (rule, message) => violations.push({ rule, message });
  const passes = checkStructure(submission, report);
  checkWaits(submission, passes, rules, report);
  let commands = 0;
  let bytes = 0;
  let kind = '';
  const params = new Set<number>();
  const downloads = new Set<number>();
  for (const step of submission.steps) {
    if (step.op === 'beginPass') kind = step.kind;
    if (!('command' in step)) continue;
    const about: Report = (rule, message) => report(rule, `${step.op} "${step.label}": ${message}`);
    commands++;
    const ranges = rules.uses.usesOf(step).map(({ range }) => range);
    for (const range of ranges) bytes += range.byteLength;
    if (!ranges.every((range) => checkRange(range, submission, about))) continue;
    if (step.op === 'dispatch') {
      if (kind !== 'compute') about('steps', 'stands outside of a compute pass');
      checkDispatch(step, submission, rules, params, about);
    } else {
      checkTransfer(step, submission, rules, downloads, about);
      if (kind === 'compute' && !rules.capabilities.transfersInComputePass.includes(step.op)) {
        about('transfer', 'stands inside a compute pass, which this backend cannot do');
      }
    }
  }
  if (downloads.size !== submission.downloads.length) report('transfer', 'a download has no step');
  const { maxCommandsPerSubmission, maxBytesPerSubmission } = rules.limits;
  if (commands > maxCommandsPerSubmission) {
    report('bounds', `${commands} commands; the limit is ${maxCommandsPerSubmission}`);
  }
  if (commands > 1 && bytes > maxBytesPerSubmission) {
    report('bounds', `${bytes} bytes touched; the limit is ${maxBytesPerSubmission}`);
  }
  return violations;
}

/** Passes begin and end, are numbered from 0 and hold commands; returns how many there are. */
function checkStructure({ steps }: Submission, report: Report): number {
  let passes = 0;
  let inside = false;
  let commandsInPass = 0;
  let previous = '';
  for (const step of steps) {
    const { op } = step;
    if (op === 'beginPass') {
      if (inside) report('steps', `pass ${step.pass} begins inside another`);
      if (step.pass !== passes) report('steps', `pass ${step.pass} stands where pass ${passes} is due`);
      inside = true;
      commandsInPass = 0;
      passes++;
    } else if (!inside) {
      report('steps', `${op} stands outside of a pass`);
    } else if (op === 'endPass') {
      if (commandsInPass === 0) report('steps', `pass ${passes - 1} is empty`);
      if (previous === 'barrier') report('steps', `pass ${passes - 1} ends with a barrier`);
      inside = false;
    } else if (op === 'barrier') {
      if (commandsInPass === 0 || previous === 'barrier') report('steps', 'a barrier follows no command');
      if (step.memory.length === 0) report('steps', 'a barrier names no memory');
    } else {
      if (step.label === '') report('steps', `${op} has no label`);
      commandsInPass++;
    }
    previous = op;
  }
  if (inside) report('steps', `pass ${passes - 1} does not end`);
  if (passes === 0) report('steps', 'there is no pass');
  return passes;
}

function checkWaits(
  { steps, waits, serial: own }: Submission,
  passes: number,
  { capabilities }: StepRules,
  report: Report,
): void {
  let any = waits.length > 0;
  for (const { pass, serial } of waits) {
    if (pass < 0 || pass >= passes) report('steps', `a wait names pass ${pass} of ${passes}`);
    if (serial < 1 || serial >= own) report('steps', `submission ${own} waits for submission ${serial}`);
  }
  for (const step of steps) {
    if (step.op !== 'beginPass') continue;
    any ||= step.waits.length > 0;
    for (const wait of step.waits) {
      if (wait < 0 || wait >= step.pass) report('steps', `pass ${step.pass} waits for pass ${wait}`);
    }
  }
  if (any && !capabilities.explicitWaits) report('steps', 'there are waits, which this backend has not');
}
