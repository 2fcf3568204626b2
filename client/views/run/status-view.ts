/** Renders a drill's status as text, for `status`. */
import { describeState } from '../../../domain/approval/decision/summary.js';
import { failedChecks } from '../../../domain/run/checks.js';
import type { DrillStatus } from '../../../domain/report/report.js';
import { renderPhaseLine } from './live-view.js';
import type { PendingStep } from '../../drills/pending-steps.js';
import { renderPending } from './pending-view.js';
import { renderScreen, type ScreenOptions } from './screen.js';
import { renderWarnings } from '../warnings-view.js';
import { type Paint, plain, printable } from '../text.js';

/** @param pending the running steps, of which the waiting ones are shown. */
export const renderStatus = (
  status: DrillStatus,
  paint: Paint = plain,
  options: ScreenOptions = { nowMs: Date.now() },
  pending: readonly PendingStep[] = [],
): string => {
  const { drillId, lane, phases, checks, waitingFor, approvals } = status;
  const failed = failedChecks(checks).length;
  const ended = phases.filter(({ outcome }) => outcome !== undefined);
  return [
    `${paint.bold(`Drill ${drillId} on lane ${lane ?? '…'}`)}: ${describeState(status)}`,
    ...ended.map((record) => `  ${renderPhaseLine(record, paint)}`),
    `  ${checks.length - failed} of ${checks.length} checks passed`,
    ...renderPending(pending, options.nowMs).map((text) => `  ${paint.yellow(text)}`),
    ...approvals.map(
      ({ decision, approver, at }) =>
        `  ${decision === 'approve' ? 'Approved' : 'Rejected'} by ${printable(approver)} at ${at}`,
    ),
    // The evidence shows them as well.
    ...(waitingFor === undefined ? renderWarnings(status.warnings, paint) : []),
    ...(waitingFor === undefined ? [] : ['', renderScreen(status, { ...options, paint })]),
  ].join('\n');
};
