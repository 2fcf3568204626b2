/** Renders a running drill for repeated drawing on a terminal: phases, marks, and ticking seconds. */
import { failedChecks } from '../../../domain/run/checks.js';
import { describeDeadline, describeWait } from '../../../domain/approval/decision/screen.js';
import { secondsBetween } from '../../../domain/run/checklist.js';
import { phaseMarks, type PhaseOutcome, type PhaseRecord } from '../../../domain/run/phases.js';
import type { DrillStatus } from '../../../domain/report/report.js';
import { describeSeconds } from '../../../domain/units.js';
import type { PendingStep } from '../../drills/pending-steps.js';
import { renderPending } from './pending-view.js';
import { cut, type Paint, plain, printable, wrap } from '../text.js';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const longestName = 10;

export interface LiveViewOptions {
  readonly paint?: Paint;
  /** The running steps, of which the waiting ones are shown. */
  readonly pending?: readonly PendingStep[];
}

/** @param now milliseconds since the epoch; @param width columns of the terminal, which no line exceeds. */
export const renderLiveView = (
  status: DrillStatus,
  now: number,
  width: number,
  { paint = plain, pending = [] }: LiveViewOptions = {},
): string => {
  const { drillId, lane, startedAt, phases, checks, waitingFor } = status;
  const line = (text: string): string => cut(text, width);
  const failed = failedChecks(checks);
  const elapsed = describeSeconds((now - Date.parse(startedAt)) / 1000);
  return [
    paint.bold(line(`Drill ${drillId} on lane ${lane ?? '…'}  ${elapsed}`)),
    ...phases.map((phase) => renderPhase(phase, now, width, paint, waitingFor !== undefined)),
    line(`  ${checks.length - failed.length} of ${checks.length} checks passed`),
    ...failed.map(({ name, observed }) => paint.red(line(`  ✘ ${name}: ${printable(observed)}`))),
    ...renderPending(pending, now).map((text) => paint.yellow(line(`  ⏳ ${text}`))),
    ...(waitingFor === undefined
      ? []
      : wrap(
          `Waits for ${describeWait(waitingFor)}, ${describeDeadline(waitingFor, { nowMs: now, live: true })}.`,
          width - 2,
        ).map((text) => paint.yellow(line(`  ${printable(text)}`)))),
    ...lookingAfterHandMove(status).map((text) => paint.dim(line(`  ${text}`))),
  ].join('\n');
};

/** Shows the drill's own look after a person has reported a move, which can take some time. */
const lookingAfterHandMove = ({ phases, waitingFor, handMoves = [] }: DrillStatus): readonly string[] => {
  const running = phases.find(({ outcome }) => outcome === undefined)?.name;
  const to = running === 'cutover' ? 'target' : running === 'revert' ? 'source' : undefined;
  const move = handMoves.findLast((made) => made.to === to);
  if (waitingFor !== undefined || move === undefined) return [];
  return [
    `${printable(move.by)} has reported the move; looking whether a client reaches the ${move.to}, for up to 5 min`,
  ];
};

const renderPhase = (phase: PhaseRecord, now: number, width: number, paint: Paint, waiting: boolean): string => {
  const { name, startedAt, endedAt } = phase;
  const seconds = endedAt === undefined ? (now - Date.parse(startedAt)) / 1000 : secondsBetween(startedAt, endedAt);
  const running = waiting ? '⏸' : (spinner[Math.floor(now / 100) % spinner.length] ?? '');
  const text = cut(
    `  ${markOf(phase) ?? running} ${name.padEnd(longestName)} ${describeSeconds(seconds)}${again(phase)}`,
    width,
  );
  return colourOf(phase, paint)(text);
};

/** One line for an ended phase, for outputs that cannot be redrawn. */
export const renderPhaseLine = (phase: PhaseRecord, paint: Paint = plain): string => {
  const seconds = phase.endedAt === undefined ? '' : describeSeconds(secondsBetween(phase.startedAt, phase.endedAt));
  return colourOf(phase, paint)(`${markOf(phase) ?? '…'} ${phase.name.padEnd(longestName)} ${seconds}${again(phase)}`);
};

const markOf = ({ outcome }: PhaseRecord): string | undefined =>
  outcome === undefined ? undefined : phaseMarks[outcome];

/** Further facts of a phase: how people ended it, how long it waited for them, how many attempts it needed. */
const again = ({ attempts, outcome, humanWaitSeconds }: PhaseRecord): string => {
  const notes = [
    ...(outcome === 'rejected' || outcome === 'expired' ? [outcome] : []),
    ...(humanWaitSeconds === undefined ? [] : [`${describeSeconds(humanWaitSeconds)} waiting for a person`]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
  ];
  return notes.length === 0 ? '' : `  (${notes.join(', ')})`;
};

const colourOf = ({ outcome }: PhaseRecord, paint: Paint): ((text: string) => string) => {
  if (outcome === undefined) return paint.cyan;
  const colours: Partial<Record<PhaseOutcome, (text: string) => string>> = { passed: paint.green, failed: paint.red };
  return colours[outcome] ?? paint.yellow;
};
