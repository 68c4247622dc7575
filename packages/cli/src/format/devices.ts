/** What `wick devices` prints. */

import type { BackendCapabilities, BackendInfo, BackendLimits } from '@wick/core';
import { formatTable, wrapWords } from './table.js';
import { countOf, formatBytes } from './units.js';

/** What is known about one backend; also what `--json` prints. */
export type BackendReport = {
  readonly name: string;
  readonly package: string;
  /** What it runs on. */
  readonly summary?: string;
} & (
  | {
      readonly state: 'available';
      readonly info: BackendInfo;
      readonly limits: BackendLimits;
      readonly capabilities: BackendCapabilities;
    }
  | { readonly state: 'not installed' }
  | { readonly state: 'unavailable'; readonly reason: string }
);

const WIDTH = 100;

/** A table of backends, and below it what each can do or why it cannot be opened. */
export function formatDevices(reports: readonly BackendReport[]): string {
  const rows = reports.map((report) => {
    const { name, state } = report;
    if (report.state !== 'available') return [name, state, '', '', report.summary ?? ''];
    const { device, driver, vendor } = report.info;
    return [name, state, device, `${driver} (${vendor})`, report.summary ?? ''];
  });
  const table = formatTable([['backend', 'state', 'device', 'driver', 'for'], ...rows]);
  const longest = Math.max(...reports.map(({ name }) => name.length));
  const notes = reports.map((report) => {
    const [first = '', ...others] = detailsOf(report, WIDTH - longest - 2);
    const hang = ' '.repeat(longest + 2);
    return [`${report.name.padEnd(longest)}  ${first}`, ...others.map((line) => hang + line)].join('\n');
  });
  return `${table}\n\n${notes.join('\n')}`;
}

function detailsOf(report: BackendReport, width: number): string[] {
  switch (report.state) {
    case 'available':
      return [
        ...wrapWords(capabilitiesOf(report.capabilities), width),
        ...wrapWords(limitsOf(report.limits), width),
      ];
    case 'not installed':
      return [`to install it: npm install ${report.package}`];
    case 'unavailable':
      return wrapWords(report.reason.replace(/\s+/g, ' ').split(' '), width, ' ');
  }
}

function capabilitiesOf(capabilities: BackendCapabilities): string[] {
  const { explicitBarriers, explicitWaits, wholeAllocationBindings, subgroups } = capabilities;
  const transfers = capabilities.transfersInComputePass;
  return [
    capabilities.float16 ? 'float16' : 'no float16',
    explicitBarriers ? 'explicit barriers' : 'implicit barriers',
    explicitWaits ? 'explicit waits' : 'implicit waits',
    transfers.length === 0 ? 'no transfers in compute passes' : `${transfers.join('/')} in compute passes`,
    wholeAllocationBindings ? 'bindings by whole allocation' : 'bindings by range',
    subgroups === undefined
      ? 'no subgroups'
      : `subgroups of ${subgroups.min === subgroups.max ? subgroups.min : `${subgroups.min} to ${subgroups.max}`}`,
    capabilities.timestamps ? 'timestamps' : 'no timestamps',
  ];
}

function limitsOf(limits: BackendLimits): string[] {
  return [
    `${formatBytes(limits.maxAllocationBytes)} an allocation`,
    `${formatBytes(limits.maxBindingBytes)} a binding`,
    `${countOf(limits.maxBindings, 'binding')} a dispatch`,
    `binding offsets in steps of ${formatBytes(limits.bindingAlignment)}`,
    `${countOf(limits.maxCommandsPerSubmission, 'command')} a submission`,
    `${countOf(limits.maxSubmissionsInFlight, 'submission')} in flight`,
  ];
}
