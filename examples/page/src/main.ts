/** The page: forms on one side, what the worker says on the other. */

import { drawPlan, formatBytes } from './draw-plan.js';
import type { PlanView } from './plan-view.js';
import type { Answer, BackendName, Figures, Request } from './protocol.js';

function find<T extends Element>(selector: string, type: new () => T): T {
  const found = document.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${selector}`);
}

const page = {
  backend: find('#backend', HTMLSelectElement),
  device: find('#device', HTMLElement),
  notice: find('#notice', HTMLElement),
  noticeText: find('#notice-text', HTMLElement),
  noticeAction: find('#notice-action', HTMLButtonElement),
  text: find('#text', HTMLElement),
  picture: find('#picture', HTMLCanvasElement),
  progress: find('#progress', HTMLProgressElement),
  progressText: find('#progress-text', HTMLElement),
  figures: find('#figures', HTMLTableElement),
  trace: find('#trace', HTMLButtonElement),
  plan: find('#plan', HTMLElement),
  planHead: find('#plan-head', HTMLElement),
};
const stops = [...document.querySelectorAll<HTMLButtonElement>('.stop')];
const starts = ['#write-start', '#draw-start'].map((id) => find(id, HTMLButtonElement));
const input = (id: string) => find(id, HTMLInputElement);

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const ask = (request: Request) => worker.postMessage(request);
const models = new URL('.', document.baseURI).href.replace(/\/$/, '');

/** What is running: what the numbers at its end are about. */
let running: 'write' | 'draw' | undefined;

function setRunning(what: typeof running, ready = true): void {
  running = what;
  for (const button of starts) button.disabled = what !== undefined || !ready;
  for (const button of stops) button.disabled = what === undefined;
  document.body.dataset.state = what ?? (ready ? 'ready' : 'opening');
}

function open(backend: BackendName): void {
  page.backend.value = backend;
  page.device.textContent = 'opening …';
  page.notice.hidden = true;
  setRunning(undefined, false);
  ask({ kind: 'open', backend, models });
}

/** Ends a sentence of somebody else's, which may end already. */
const ended = (sentence: string) => sentence.replace(/[.\s]*$/, '.');

function notify(text: string, action: string, act: () => void): void {
  page.noticeText.textContent = text;
  page.noticeAction.textContent = action;
  page.noticeAction.onclick = act;
  page.notice.hidden = false;
}

const hide = () => {
  page.notice.hidden = true;
};

function fail(code: string, message: string): void {
  showProgress(undefined);
  if (code === 'CANCELLED') {
    setRunning(undefined);
  } else if (code === 'BACKEND_UNAVAILABLE') {
    page.device.textContent = 'not available';
    setRunning(undefined, false);
    notify(
      `WebGPU is not available here: ${ended(message)} The CPU backend computes the same, more slowly.`,
      'Use the CPU',
      () => open('cpu'),
    );
  } else if (code === 'DEVICE_LOST') {
    page.device.textContent = 'lost';
    setRunning(undefined, false);
    notify(`The device was lost: ${ended(message)}`, 'Open it again', () =>
      open(page.backend.value as BackendName),
    );
  } else {
    setRunning(undefined);
    notify(`${message} (${code})`, 'Close', hide);
  }
}

function showProgress(
  progress: { readonly text: string; readonly share: number | undefined } | undefined,
): void {
  page.progress.hidden = progress === undefined;
  page.progressText.textContent = progress?.text ?? '';
  if (progress?.share === undefined) page.progress.removeAttribute('value');
  else page.progress.value = progress.share;
}

const VERBS: Readonly<Record<string, string>> = {
  download: 'Downloading',
  read: 'Loading',
  upload: 'Uploading',
  compile: 'Compiling',
  step: 'Drawing:',
};

function showFigures(figures: Figures): void {
  const count = (n: number) => n.toLocaleString('en');
  const rows: [string, string, string][] = [
    ['dispatches', count(figures.dispatches), 'kernels run'],
    ['passes', count(figures.passes), 'one encoder each'],
    ['barriers', count(figures.barriers), 'planned; WebGPU puts its own'],
    ['submissions', count(figures.submissions), 'one command buffer each'],
    ['plans', count(figures.plans), `and ${count(figures.replays)} replays, which plan nothing`],
    ['peak memory', formatBytes(figures.plannedBytes), `${formatBytes(figures.unplannedBytes)} unplanned`],
  ];
  page.figures.replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement('tr');
      row.append(
        ...cells.map((cell, i) => {
          const made = document.createElement(i === 0 ? 'th' : 'td');
          made.textContent = cell;
          return made;
        }),
      );
      return row;
    }),
  );
  page.trace.disabled = false;
}

function showPlan(plan: PlanView): void {
  const { commands, epochs, barriers, passes, submissions } = plan.figures;
  page.planHead.textContent = `“${plan.label}”: ${commands} commands, ${epochs} epochs, ${barriers} barriers, ${passes} passes, ${submissions} submissions. Each column is an epoch: what stands in it may overlap.`;
  page.plan.replaceChildren(drawPlan(plan));
}

function hear(answer: Answer): void {
  switch (answer.kind) {
    case 'opened': {
      const { name, vendor, device } = answer.info;
      page.device.textContent = `${name}: ${[vendor, device].filter((word) => word !== 'unknown').join(' ')}`;
      setRunning(undefined);
      return;
    }
    case 'progress': {
      const { kind, label, loaded, total } = answer.progress;
      const share = total === undefined || total === 0 ? undefined : loaded / total;
      showProgress(share === 1 ? undefined : { text: `${VERBS[kind] ?? kind} ${label}`, share });
      return;
    }
    case 'text':
      page.text.textContent += answer.text;
      return;
    case 'picture': {
      const { width, height, pixels, step, steps } = answer;
      Object.assign(page.picture, { width, height });
      page.picture.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0);
      page.picture.dataset.step = `${step}/${steps}`;
      return;
    }
    case 'figures':
      showFigures(answer.figures);
      return;
    case 'plan':
      showPlan(answer.plan);
      return;
    case 'done': {
      const seconds = answer.milliseconds / 1000;
      const speed = `${(answer.tokens / seconds).toFixed(1)} characters a second`;
      find(running === 'write' ? '#write-speed' : '#draw-state', HTMLElement).textContent =
        running === 'write' ? speed : `${seconds.toFixed(1)} s`;
      showProgress(undefined);
      setRunning(undefined);
      return;
    }
    case 'trace': {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([answer.json], { type: 'application/json' }));
      link.download = 'wick-trace.json';
      link.click();
      URL.revokeObjectURL(link.href);
      return;
    }
    case 'failed':
      fail(answer.code, answer.message);
      return;
    default:
      answer satisfies never;
  }
}

worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => hear(data));
worker.addEventListener('error', ({ message }) =>
  fail('INVALID_STATE', message || 'the worker cannot start'),
);

find('#write', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  page.text.textContent = '';
  setRunning('write');
  ask({
    kind: 'write',
    prompt: find('#prompt', HTMLTextAreaElement).value,
    maxTokens: input('#tokens').valueAsNumber,
    temperature: input('#temperature').valueAsNumber,
    seed: input('#seed').valueAsNumber,
  });
});
find('#draw', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  setRunning('draw');
  ask({
    kind: 'draw',
    prompt: input('#caption').value,
    steps: input('#steps').valueAsNumber,
    guidance: input('#guidance').valueAsNumber,
    seed: input('#draw-seed').valueAsNumber,
  });
});
for (const button of stops) button.addEventListener('click', () => ask({ kind: 'stop' }));
page.trace.addEventListener('click', () => ask({ kind: 'trace' }));
page.backend.addEventListener('change', () => open(page.backend.value as BackendName));

open(new URLSearchParams(location.search).get('backend') === 'cpu' ? 'cpu' : 'webgpu');
