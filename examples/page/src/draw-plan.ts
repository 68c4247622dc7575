/** Draws a plan: epochs from left to right, what may overlap one above the other; below, the memory. */

import type { PlanView } from './plan-view.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 1000;
const LANE = 9;
const MEMORY = 140;
const GAP = 26;

export function drawPlan({ epochs, temporaries, figures }: PlanView): SVGSVGElement {
  const deepest = Math.max(1, ...epochs.map(({ commands }) => commands.length));
  const column = WIDTH / Math.max(1, epochs.length);
  const memoryTop = deepest * LANE + GAP;
  const height = memoryTop + (temporaries.length > 0 ? MEMORY : 0);
  const svg = element('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img' });
  svg.append(titled(`${figures.commands} commands in ${figures.epochs} epochs and ${figures.passes} passes`));

  /** The middle of the epoch that holds each position. */
  const columnOf: number[] = [];
  for (const [i, { commands, pass, kind }] of epochs.entries()) {
    if (i > 0 && epochs[i - 1].pass !== pass) {
      svg.append(
        element('line', { x1: i * column, x2: i * column, y1: 0, y2: deepest * LANE, class: 'pass' }),
      );
    }
    for (const [lane, { label, kernel }] of commands.entries()) {
      columnOf.push(i);
      const rect = element('rect', {
        x: i * column,
        y: lane * LANE,
        width: Math.max(0.5, column * 0.86),
        height: LANE - 1.5,
        fill: colourOf(kernel),
      });
      rect.append(titled(`${label} (${kernel}), epoch ${i + 1}, ${kind} pass ${pass + 1}`));
      svg.append(rect);
    }
  }

  const bytes = Math.max(1, ...temporaries.map(({ offset, byteLength }) => offset + byteLength));
  if (temporaries.length > 0) {
    const caption = element('text', { x: 0, y: memoryTop - 8 });
    caption.textContent = `Temporaries: ${formatBytes(figures.plannedBytes)}, placed over time (${formatBytes(figures.unplannedBytes)} apart)`;
    svg.append(caption);
  }
  for (const { label, offset, byteLength, first, last } of temporaries) {
    const left = (columnOf[first] ?? 0) * column;
    const right = ((columnOf[last] ?? 0) + 1) * column;
    const rect = element('rect', {
      x: left,
      y: memoryTop + (offset / bytes) * MEMORY,
      width: Math.max(1, right - left),
      height: Math.max(0.8, (byteLength / bytes) * MEMORY - 0.3),
      fill: colourOf(label.replace(/\d+/g, '')),
      class: 'temporary',
    });
    rect.append(titled(`${label}: ${formatBytes(byteLength)} at ${offset}`));
    svg.append(rect);
  }
  return svg;
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toPrecision(3).replace(/\.?0+$/, '')} ${units[power]}`;
}

/** The same word always has the same colour. */
function colourOf(word: string): string {
  let hash = 7;
  for (const character of word) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return `hsl(${(hash * 47) % 360} 58% 56%)`;
}

function element<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function titled(text: string): SVGTitleElement {
  const title = element('title', {});
  title.textContent = text;
  return title;
}
