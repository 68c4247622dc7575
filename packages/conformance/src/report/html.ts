/** A report as one HTML file that needs nothing else: no script, no font, no request. */

import { STYLE } from './html-style.js';
import type { ConformanceReport, Counts, Exclusion, GroupRow, KernelRow, LargestError } from './schema.js';

/** The page. All text of the report is escaped. */
export function reportHtml(report: ConformanceReport): string {
  const { backend, conforms } = report;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance of ${text(backend.name)}: ${conforms ? 'conforms' : 'does not conform'}</title>
<style>${STYLE}</style>
</head>
<body>
${summary(report)}
${failures(report)}
${kernelTable(report.kernels)}
${groupTable(report.groups)}
${exclusionList(report.exclusions)}
${backendTable(report)}
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function text(value: string | number): string {
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function partOf({ filter, shard, interrupted }: ConformanceReport): string {
  const parts = [
    ...(filter === undefined ? [] : [`only cases with “${filter}”`]),
    ...(shard === undefined ? [] : [`shard ${shard.index} of ${shard.count}`]),
    ...(interrupted === true ? ['interrupted'] : []),
  ];
  return parts.join(', ');
}

function summary(report: ConformanceReport): string {
  const { backend, conforms, complete, counts, host, date, milliseconds, seeds, firstSeed } = report;
  const facts: readonly (readonly [string, string])[] = [
    ['adapter', `${backend.device} (${backend.vendor})`],
    ['driver', backend.driver],
    ['host', host],
    ['ended', date],
    ['took', `${(milliseconds / 1000).toFixed(1)} s`],
    ['adversaries', `1 fixed, ${seeds} seeded${seeds > 0 ? `, from seed ${firstSeed}` : ''}`],
    ...(complete ? [] : [['part of the suite', partOf(report)] as const]),
  ];
  return `<header>
<h1>Conformance of ${text(backend.name)}
<span class="badge ${conforms ? 'good' : 'bad'}">${conforms ? 'conforms' : 'does not conform'}</span></h1>
<p class="counts">${countWords(counts)}</p>
<dl>${facts.map(([name, value]) => `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>`).join('')}</dl>
</header>`;
}

/** `12 passed, 1 failed`, what did not happen left out. */
function countWords(counts: Counts): string {
  const words = Object.entries(counts).filter(([, count]) => count > 0);
  return words.map(([status, count]) => `<b>${count}</b> ${text(status)}`).join(', ');
}

function failures({ failures: failed, listProblems }: ConformanceReport): string {
  if (failed.length === 0 && listProblems.length === 0) return '';
  const rows = failed.map(
    ({ case: name, status, message }) =>
      `<li><b>${text(name)}</b> <i>${text(status)}</i><pre>${text(message)}</pre></li>`,
  );
  const problems = listProblems.map((problem) => `<li>exclusions: ${text(problem)}</li>`);
  return `<section class="failures"><h2>What is wrong</h2><ul>${[...rows, ...problems].join('\n')}</ul></section>`;
}

function kernelTable(rows: readonly KernelRow[]): string {
  if (rows.length === 0) return '';
  const dtypes = [...new Set(rows.map(({ dtype }) => dtype))];
  const kernels = [...new Set(rows.map(({ kernel }) => kernel))];
  const body = kernels.map((kernel) => {
    const cells = dtypes.map((dtype) =>
      cell(rows.find((row) => row.kernel === kernel && row.dtype === dtype)),
    );
    return `<tr><th scope="row">${text(kernel)}</th>${cells.join('')}</tr>`;
  });
  return `<section><h2>Kernels by dtype</h2>
<p>Each cell: cases that passed of those that there are, and the largest error as a share of the tolerance.</p>
<table><thead><tr><th>kernel</th>${dtypes.map((dtype) => `<th scope="col">${text(dtype)}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table></section>`;
}

function cell(row: KernelRow | undefined): string {
  if (row === undefined) return '<td class="none">–</td>';
  const { counts, largestError } = row;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const ran = counts.passed === total ? `${total}` : `${counts.passed} of ${total}`;
  const worst = largestError === undefined ? '' : ` <small>${share(largestError)}</small>`;
  const title = largestError === undefined ? '' : ` title="${text(worstWords(largestError))}"`;
  return `<td class="${tone(counts)}"${title}>${ran}${worst}</td>`;
}

function share({ share: value }: LargestError): string {
  return value < 0.005 ? '&lt;0.01' : value.toFixed(2);
}

function worstWords({ got, want, case: name }: LargestError): string {
  return `${got} in place of ${want}, in "${name}"`;
}

function tone(counts: Counts): string {
  if (counts.failed + counts['passed unexpectedly'] > 0) return 'bad';
  if (counts['failed as expected'] > 0) return 'known';
  return counts.passed > 0 ? 'good' : 'none';
}

function groupTable(rows: readonly GroupRow[]): string {
  if (rows.length === 0) return '';
  const body = rows.map(
    ({ group, counts }) =>
      `<tr><th scope="row">${text(group)}</th><td class="${tone(counts)}">${countWords(counts)}</td></tr>`,
  );
  return `<section><h2>Everything else</h2><table><tbody>\n${body.join('\n')}\n</tbody></table></section>`;
}

function exclusionList(exclusions: readonly Exclusion[]): string {
  if (exclusions.length === 0) return '';
  const items = exclusions.map(({ status, reason, cases }) => {
    const names = cases.map((name) => `<li>${text(name)}</li>`).join('');
    return `<details><summary><b>${cases.length}</b> ${text(status)}: ${text(reason)}</summary><ul>${names}</ul></details>`;
  });
  return `<section><h2>Exclusions</h2>${items.join('\n')}</section>`;
}

function backendTable({ limits, capabilities }: ConformanceReport): string {
  const rows = Object.entries({ ...capabilities, ...limits }).map(
    ([name, value]) =>
      `<tr><th scope="row">${text(name)}</th><td class="figure">${text(words(value))}</td></tr>`,
  );
  return `<section><h2>What the backend says of itself</h2><table><tbody>\n${rows.join('\n')}\n</tbody></table></section>`;
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'number') return value.toLocaleString('en-US');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
