/** Shows a drill while it runs: drawn again and again on a terminal, a line a phase anywhere else. */
import { createLogUpdate } from 'log-update';
import type { DrillStatus } from '../../../domain/report/report.js';
import { type PendingStep, waits } from '../../drills/pending-steps.js';
import { type Output, writeLine } from '../../cli/context.js';
import { renderLiveView, renderPhaseLine } from './live-view.js';
import { renderPending } from './pending-view.js';
import type { Paint } from '../text.js';

export interface DrillView {
  /** Prints text that stays. */
  readonly note: (text: string) => void;
  readonly show: (status: DrillStatus) => void;
  /** Shows what the drill's steps wait for from now on. */
  readonly showPending: (steps: readonly PendingStep[]) => void;
  /** Leaves the terminal to another writer, such as a question. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Leaves the last state on the screen. Safe to repeat. */
  readonly end: () => void;
}

const redrawMs = 120;

export const createDrillView = (output: Output, paint: Paint): DrillView =>
  output.isTTY === true ? createLiveView(output, paint) : createLineView(output, paint);

/** Shows no phases, only messages that need a reader, such as that the drill waits for a person. */
export const createQuietDrillView = (output: Output): DrillView => ({
  note: (text) => writeLine(output, text),
  show: () => undefined,
  showPending: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  end: () => undefined,
});

const createLiveView = (output: Output, paint: Paint): DrillView => {
  const update = createLogUpdate(output);
  let status: DrillStatus | undefined;
  let pending: readonly PendingStep[] = [];
  let paused = false;
  let timer: NodeJS.Timeout | undefined;

  const draw = (): void => {
    if (status === undefined || paused) return;
    // The clock stops when the drill ends.
    const now = status.report === undefined ? Date.now() : Date.parse(status.report.endedAt);
    const shown = status.report === undefined ? pending : [];
    update(renderLiveView(status, now, (output.columns ?? 80) - 1, { paint, pending: shown }));
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    note(text) {
      if (paused || timer === undefined) writeLine(output, text);
      else update.persist(text);
    },
    show(next) {
      status = next;
      if (!paused) timer ??= setInterval(draw, redrawMs);
      draw();
    },
    showPending(steps) {
      pending = steps;
    },
    pause() {
      stop();
      update.clear();
      update.done();
      paused = true;
    },
    resume() {
      paused = false;
    },
    end() {
      stop();
      draw();
      update.done();
      paused = true;
    },
  };
};

const createLineView = (output: Output, paint: Paint): DrillView => {
  const told = new Set<string>();
  return {
    ...createQuietDrillView(output),
    show({ phases }) {
      for (const phase of phases) {
        if (phase.outcome === undefined || told.has(phase.name)) continue;
        told.add(phase.name);
        writeLine(output, renderPhaseLine(phase, paint));
      }
    },
    showPending(steps) {
      for (const step of steps.filter(waits)) {
        // Prints each outage once, because a line for every attempt would bury the rest.
        const about = `${step.step}: ${step.lastFailure?.type ?? ''}`;
        if (told.has(about)) continue;
        told.add(about);
        for (const text of renderPending([step], Date.now())) writeLine(output, `⏳ ${text}`);
      }
    },
  };
};
