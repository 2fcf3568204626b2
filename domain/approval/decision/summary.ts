import { failedChecks } from '../../run/checks.js';
import { oneLine } from '../messages/one-line.js';
import { phaseMarks } from '../../run/phases.js';
import type { DrillStatus } from '../../report/report.js';
import { decisionScreen, describeWait } from './screen.js';

/** Describes what a drill does, as the end of a sentence: `waits for ann to approve or reject the cutover`, `passed: …`. */
export const describeState = ({ report, waitingFor, phase }: DrillStatus): string => {
  if (report !== undefined) return `${report.result}: ${oneLine(report.reason, 500)}`;
  if (waitingFor !== undefined) return `waits for ${describeWait(waitingFor)}`;
  return phase === undefined ? 'starts' : `in phase ${phase}`;
};

/** The answer of the query `summary`: about ten lines of text. */
export const summarise = (status: DrillStatus, nowMs: number): string => {
  const { drillId, lane, phases, checks, approvals, ignoredMessages, moreIgnoredMessages = 0 } = status;
  const screen = decisionScreen(status, { nowMs, live: true, decideWith: 'messages' });
  const failed = failedChecks(checks);
  const ignored = ignoredMessages.length + moreIgnoredMessages;
  return [
    `Drill ${drillId} on lane ${lane ?? '…'}: ${describeState(status)}`,
    ...(phases.length === 0
      ? []
      : [
          `Phases: ${phases.map(({ name, outcome }) => `${name} ${outcome === undefined ? '…' : phaseMarks[outcome]}`).join(', ')}`,
        ]),
    ...(screen === undefined
      ? [
          `Checks: ${checks.length - failed.length} of ${checks.length} passed${failed.length === 0 ? '' : `, failed: ${failed.map(({ name }) => name).join(', ')}`}`,
        ]
      : [screen.headline, ...screen.rows.map(([label, text]) => `${label}: ${text}`)]),
    ...approvals.map(
      ({ decision, approver, at }) => `${decision === 'approve' ? 'Approved' : 'Rejected'} by ${approver} at ${at}`,
    ),
    ...(ignored === 0 ? [] : [`Ignored messages: ${ignored}`]),
  ].join('\n');
};
