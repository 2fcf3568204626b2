import { ApplicationFailure, condition } from '@temporalio/workflow';
import { approvalExpired, cutoverRejected, type Decision } from '../../domain/approval/approval.js';
import type { ApprovalPolicy } from '../../domain/plan/plan.js';
import type { DrillRecord } from '../run/drill-record.js';
import { describeSeconds } from '../../domain/units.js';

/**
 * Waits for a person, costing no activity slot. Only an approval goes on: a rejection and the end of the wait both end the
 * drill, for silence is not consent.
 */
export const awaitApproval = async (
  drill: DrillRecord,
  { timeoutSeconds, approvers }: ApprovalPolicy,
): Promise<Decision> => {
  const since = Date.now();
  drill.waitFor({
    what: 'approval',
    since: new Date(since).toISOString(),
    expiresAt: new Date(since + timeoutSeconds * 1000).toISOString(),
    approvers,
  });
  try {
    await condition(() => drill.decision !== undefined, timeoutSeconds * 1000, {
      summary: 'Wait for a person to approve or reject the cutover',
    });
  } finally {
    drill.waitFor(undefined);
    drill.noteHumanWait({ kind: 'approval', from: new Date(since).toISOString(), to: new Date().toISOString() });
  }
  const { decision } = drill;
  if (decision === undefined) {
    throw ApplicationFailure.nonRetryable(`Nobody decided within ${describeSeconds(timeoutSeconds)}`, approvalExpired);
  }
  if (decision.decision === 'reject') {
    const why = decision.comment === undefined ? '' : `: ${decision.comment}`;
    throw ApplicationFailure.nonRetryable(`${decision.approver} rejected the cutover${why}`, cutoverRejected);
  }
  return decision;
};
