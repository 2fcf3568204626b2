/** Renders the decision screen for a terminal: wrapped at its width, without cutting words. */
import { type DecisionScreenOptions, decisionScreen } from '../../../domain/approval/decision/screen.js';
import type { DrillStatus } from '../../../domain/report/report.js';
import { renderChecks } from '../checks-view.js';
import { columns, type Paint, plain, printable, wrap } from '../text.js';
import { describeExactBytes } from '../../../domain/units.js';

export interface ScreenOptions extends Pick<DecisionScreenOptions, 'nowMs'> {
  /** Columns of the terminal. Default: 80. */
  readonly width?: number | undefined;
  readonly paint?: Paint;
  /** Show every check, and the snapshot's digest. */
  readonly details?: boolean;
}

/** Empty while the drill waits for no person. */
export const renderScreen = (
  status: DrillStatus,
  { nowMs, width = 80, paint = plain, details = false }: ScreenOptions,
): string => {
  const screen = decisionScreen(status, { nowMs, live: true, decideWith: 'commands' });
  if (screen === undefined) return '';
  const labelWidth = Math.max(...screen.rows.map(([label]) => label.length));
  const indent = labelWidth + 4;
  const rows = screen.rows.flatMap(([label, text]) => {
    const lines = wrap(printable(text), width - indent);
    // A digest that does not fit beside its label gets a line of its own, to be copied.
    const wide = lines.some((line) => line.length > width - indent);
    const [first = '', ...rest] = wide ? ['', ...wrap(printable(text), width - 2)] : lines;
    const margin = ' '.repeat(wide ? 2 : indent);
    return [`  ${label.padEnd(labelWidth)}  ${first}`.trimEnd(), ...rest.map((line) => `${margin}${line}`)];
  });
  return [
    ...wrap(printable(screen.headline), width).map((line) => paint.bold(line)),
    ...rows,
    ...(details ? ['', renderDetails(status, paint)] : []),
  ].join('\n');
};

/** The details that the screen sums up. */
const renderDetails = (status: DrillStatus, paint: Paint): string => {
  const { drillId, lane, checks, snapshot } = status;
  return [
    paint.bold(`Evidence of drill ${drillId} on lane ${lane ?? '…'}`),
    renderChecks(checks, paint),
    ...(snapshot === undefined
      ? []
      : [
          columns([
            ['Snapshot', printable(snapshot.key)],
            ['Size', describeExactBytes(snapshot.sizeBytes)],
            ['SHA-256', snapshot.sha256],
            ['Taken', snapshot.takenAt],
          ]),
        ]),
  ].join('\n');
};
