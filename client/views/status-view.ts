/** A drill's status as text: what `status` prints. */
import { failedChecks } from '../../domain/checks.js';
import type { DrillStatus } from '../../domain/report.js';
import { renderPhaseLine } from './live-view.js';
import { renderEvidence } from './evidence.js';
import { renderWarnings } from './warnings-view.js';
import { type Paint, plain, printable } from './text.js';

export const renderStatus = (status: DrillStatus, paint: Paint = plain): string => {
  const { drillId, lane, phase, phases, checks, waitingFor, approvals } = status;
  const failed = failedChecks(checks).length;
  const ended = phases.filter(({ outcome }) => outcome !== undefined);
  return [
    `${paint.bold(`Drill ${drillId} on lane ${lane ?? '…'}`)}: ${describeState(status, phase)}`,
    ...ended.map((record) => `  ${renderPhaseLine(record, paint)}`),
    `  ${checks.length - failed} of ${checks.length} checks passed`,
    ...approvals.map(
      ({ decision, approver, at }) =>
        `  ${decision === 'approve' ? 'Approved' : 'Rejected'} by ${printable(approver)} at ${at}`,
    ),
    // The evidence has them as well.
    ...(waitingFor === undefined ? renderWarnings(status.warnings, paint) : []),
    ...(waitingFor === undefined ? [] : ['', renderEvidence(status, paint)]),
  ].join('\n');
};

const describeState = ({ report, waitingFor }: DrillStatus, phase: string | undefined): string => {
  if (report !== undefined) return `${report.result}: ${printable(report.reason)}`;
  if (waitingFor?.what === 'cutover') return `waits for a person to move the clients to the ${waitingFor.to}`;
  if (waitingFor !== undefined) return 'waits for a person to approve or reject the cutover';
  return phase === undefined ? 'starts' : `in phase ${phase}`;
};
