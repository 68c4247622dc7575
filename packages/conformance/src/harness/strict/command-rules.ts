/** What one dispatch or one transfer has to keep to. */

import type { StepRange, Submission } from '@wick/core';
import type { CommandStep } from '../step-list.js';
import { overlap, sameAllocation, startOf } from './ranges.js';
import type { Report, StepRules } from './violation.js';

type DispatchStep = Extract<CommandStep, { op: 'dispatch' }>;
type TransferStep = Exclude<CommandStep, DispatchStep>;

/** @param paramOffsets where dispatches before this one had their parameters; those of this one are added */
export function checkDispatch(
  step: DispatchStep,
  submission: Submission,
  { limits, capabilities, uses }: StepRules,
  paramOffsets: Set<number>,
  report: Report,
): void {
  const contract = uses.contractOf(step.pipeline);
  if (contract === undefined) {
    report('binding', `the pipeline "${step.pipeline.label}" was not prepared by this backend`);
    return;
  }
  const { bindings } = contract;
  if (step.bindings.length !== bindings.length || bindings.length > limits.maxBindings) {
    report('binding', `${step.bindings.length} bindings; the kernel has ${bindings.length}`);
  }
  for (const [i, { name, optional, access }] of bindings.entries()) {
    const range = step.bindings[i];
    if (range === undefined) {
      if (!optional) report('binding', `nothing is bound at "${name}"`);
      continue;
    }
    const start = startOf(range, submission);
    if (start % limits.bindingAlignment !== 0) report('alignment', `"${name}" is bound at byte ${start}`);
    if (range.byteLength > limits.maxBindingBytes)
      report('bounds', `"${name}" has ${range.byteLength} bytes`);
    if (access === 'read') continue;
    for (const [j, other] of step.bindings.entries()) {
      if (other === undefined || i === j) continue;
      const otherName = bindings[j]?.name;
      if (overlap(range, other, submission)) {
        report('binding', `"${name}" is written and shares bytes with "${otherName}"`);
      } else if (
        capabilities.wholeAllocationBindings &&
        bindings[j]?.access === 'read' &&
        sameAllocation(range, other, submission)
      ) {
        report('binding', `"${name}" is written and "${otherName}" is read in one allocation`);
      }
    }
  }
  checkParams(step, contract.params.byteLength, submission, limits.paramsAlignment, paramOffsets, report);
  if (step.grid.some((n) => !Number.isInteger(n) || n < 1)) report('steps', `the grid is [${step.grid}]`);
}

function checkParams(
  { params: { offset, byteLength } }: DispatchStep,
  wanted: number,
  { params }: Submission,
  alignment: number,
  taken: Set<number>,
  report: Report,
): void {
  if (byteLength !== wanted) report('params', `${byteLength} bytes; the kernel takes ${wanted}`);
  if (byteLength === 0) return;
  if (offset % alignment !== 0) report('params', `begin at byte ${offset}, no multiple of ${alignment}`);
  if (offset < 0 || offset + byteLength > params.byteLength) {
    report('params', `bytes ${offset} to ${offset + byteLength} of a block of ${params.byteLength}`);
  }
  if (taken.has(offset)) report('params', `byte ${offset} belongs to another dispatch already`);
  taken.add(offset);
}

/** @param downloads indices of downloads that steps before this one filled; that of this one is added */
export function checkTransfer(
  step: TransferStep,
  submission: Submission,
  { limits, capabilities }: StepRules,
  downloads: Set<number>,
  report: Report,
): void {
  const aligned = (range: StepRange) => {
    const start = startOf(range, submission);
    const unit = limits.transferAlignment;
    const padded = Math.ceil(range.byteLength / unit) * unit;
    const { byteLength } = submission.memory[range.memory].allocation;
    if (start % unit !== 0) report('alignment', `begins at byte ${start}, no multiple of ${unit}`);
    if (start + padded > byteLength) report('alignment', `${range.byteLength} bytes without padding behind`);
  };
  const matches = (range: StepRange, bytes: Uint8Array | undefined) => {
    if (bytes?.byteLength === range.byteLength) return;
    report('transfer', `${bytes?.byteLength} bytes on the host, ${range.byteLength} on the device`);
  };
  switch (step.op) {
    case 'copy': {
      const { source, destination } = step;
      aligned(source);
      aligned(destination);
      if (source.byteLength !== destination.byteLength) report('transfer', 'the ends differ in length');
      if (overlap(source, destination, submission)) report('transfer', 'the ends share bytes');
      if (capabilities.wholeAllocationBindings && sameAllocation(source, destination, submission)) {
        report('transfer', 'copies inside one allocation');
      }
      break;
    }
    case 'fill':
      aligned(step.destination);
      if (step.value !== step.value >>> 0) report('transfer', `${step.value} is no 32-bit pattern`);
      break;
    case 'upload':
      aligned(step.destination);
      matches(step.destination, submission.uploads[step.data]);
      break;
    case 'download':
      aligned(step.source);
      matches(step.source, submission.downloads[step.into]);
      if (downloads.has(step.into)) report('transfer', `download ${step.into} is filled twice`);
      downloads.add(step.into);
      break;
    default:
      step satisfies never;
  }
}
