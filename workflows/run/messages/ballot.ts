import { ApplicationFailure, condition, setHandler, type SignalDefinition } from '@temporalio/workflow';
import { approvalExpired, cutoverRejected, type Decision, judgeDecision } from '../../../domain/approval/approval.js';
import type { ApprovalPolicy } from '../../../domain/plan/plan.js';
import { describeSeconds } from '../../../domain/units.js';
import { ignore, judgeSignals } from './inbox.js';
import { acceptedOf, type Judged, whyNot } from './judged.js';
import { approveCutover, decideCutover, rejectCutover } from './messages.js';
import type { RunRecord } from '../record.js';
import { stillWaits } from './still-waits.js';

/**
 * Takes votes from people. A signal handler must never throw (the workflow task would be retried for ever and the run look
 * stuck), so the inbox already records and ignores a signal that does not count; the sender of an update reads the answer, so
 * it is refused with the reason.
 */
export const takeVotes = (record: RunRecord): void => {
  const judge = (decision: unknown, message: unknown, via: Decision['via']) =>
    judgeDecision(decision, message, {
      waiting: stillWaits(record, 'approval'),
      policy: record.plan?.approval,
      evidenceSha256: record.facts.decidedOn?.sha256,
      via,
    });
  const onSignal = <Message>(
    signal: SignalDefinition<[Message]>,
    decision: Decision['decision'],
    description: string,
  ): void => {
    judgeSignals(signal.name, (message) => whyNot(judge(decision, message, 'signal')));
    const handle = (message: unknown): void => {
      const judged = judge(decision, message, 'signal');
      if ('refused' in judged) ignore(signal.name, judged.refused);
      else count(record, judged.accepted, 'signal');
    };
    setHandler(signal, handle, { description });
  };
  onSignal(approveCutover, 'approve', 'Approve the cutover: {"approver":"ann","comment":"…","evidence":"…"}');
  onSignal(rejectCutover, 'reject', 'Reject the cutover: {"approver":"ann","reason":"…"}');

  const judgeUpdate = (message: unknown): Judged<Omit<Decision, 'at' | 'via'>> =>
    judge((message as { decision?: unknown } | null | undefined)?.decision, message, 'update');
  setHandler(decideCutover, (message) => count(record, acceptedOf(judgeUpdate(message)), 'update'), {
    description:
      'Approve with an answer: {"decision":"approve","approver":"ann","evidence":"…"}; reject: {"decision":"reject","approver":"ann","reason":"…"}',
    // Synchronous on purpose: the SDK ignores the result of an asynchronous validator.
    validator: (message: unknown) => void acceptedOf(judgeUpdate(message)),
  });
};

const count = (record: RunRecord, accepted: Omit<Decision, 'at' | 'via'>, via: Decision['via']): Decision => {
  const decision = { ...accepted, at: new Date().toISOString(), via };
  record.decide(decision);
  // One decision counts: a second person learns that the run no longer waits.
  record.waitFor(undefined);
  return decision;
};

/**
 * Waits for a person, costing no activity slot. Only an approval goes on: a rejection and the end of the wait both end the
 * run, for silence is not consent.
 */
export const awaitApproval = async (
  record: RunRecord,
  { timeoutSeconds, approvers }: ApprovalPolicy,
): Promise<Decision> => {
  const since = Date.now();
  record.waitFor({
    what: 'approval',
    since: new Date(since).toISOString(),
    expiresAt: new Date(since + timeoutSeconds * 1000).toISOString(),
    approvers,
  });
  try {
    await condition(() => record.decision !== undefined, timeoutSeconds * 1000, {
      summary: 'Wait for a person to approve or reject the cutover',
    });
  } finally {
    record.waitFor(undefined);
    record.noteHumanWait({ kind: 'approval', from: new Date(since).toISOString(), to: new Date().toISOString() });
  }
  const { decision } = record;
  if (decision === undefined) {
    throw ApplicationFailure.nonRetryable(
      `No person decided within ${describeSeconds(timeoutSeconds)}`,
      approvalExpired,
    );
  }
  if (decision.decision === 'reject') {
    const why = decision.comment === undefined ? '' : `: ${decision.comment}`;
    throw ApplicationFailure.nonRetryable(`${decision.approver} rejected the cutover${why}`, cutoverRejected);
  }
  return decision;
};
