import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { type Decision, judgeDecision, judgeHandMove } from '../domain/approval.js';
import { messages } from '../domain/contract.js';
import type { WaitingForPerson } from '../domain/report.js';
import type { DrillRecord } from './drill-record.js';
import { approveCutover, cutoverDone, decideCutover, rejectCutover, status } from './messages.js';

/**
 * Answers the drill's messages. Set first thing: a signal may be waiting already. A signal handler must never throw (the
 * workflow task would be retried for ever and the drill look stuck), so whatever does not count is recorded and ignored;
 * an update has somebody who reads the answer, so it is refused with the reason.
 */
export const answerMessages = (drill: DrillRecord): void => {
  const judge = (decision: unknown, message: unknown) =>
    judgeDecision(decision, message, {
      waiting: stillWaits(drill, 'approval'),
      policy: drill.plan?.approval,
      evidenceSha256: drill.facts.decidedOn?.sha256,
    });

  const onSignal = (name: string, decision: Decision['decision']) => (message: unknown) => {
    const judged = judge(decision, message);
    if ('refused' in judged) drill.ignore(name, judged.refused);
    else take(drill, judged.accepted, 'signal');
  };

  setHandler(approveCutover, onSignal(messages.approve, 'approve'), {
    description: 'Approve the cutover: {"approver":"ann","comment":"…"}',
  });
  setHandler(rejectCutover, onSignal(messages.reject, 'reject'), {
    description: 'Reject the cutover: {"approver":"ann","reason":"…"}',
  });
  setHandler(
    decideCutover,
    (message) => {
      const judged = judge(message.decision, message);
      if ('refused' in judged) throw refusal(judged.refused);
      return take(drill, judged.accepted, 'update');
    },
    {
      description: 'Approve or reject with an answer: {"decision":"approve","approver":"ann"}',
      // Synchronous on purpose: what an asynchronous validator decides is never looked at.
      validator: (message: unknown) => {
        const judged = judge((message as { decision?: unknown } | null | undefined)?.decision, message);
        if ('refused' in judged) throw refusal(judged.refused);
      },
    },
  );
  setHandler(
    cutoverDone,
    (message: unknown) => {
      const to = drill.waitingFor?.to;
      const judged = judgeHandMove(message, { waiting: stillWaits(drill, 'cutover'), to });
      if ('refused' in judged) drill.ignore(messages.cutoverDone, judged.refused);
      else if (to !== undefined) drill.noteHandMove({ to, ...judged.accepted, at: new Date().toISOString() });
    },
    { description: 'The clients were moved by hand: {"by":"ann"}' },
  );
  setHandler(status, () => drill.status(), { description: 'Phase, checks, approvals, and what the drill waits for' });
};

/**
 * By the clock, too: while no worker ran, the wait may have ended and a message come after it. Both are then seen at once,
 * the message first, and silence until the end is no consent.
 */
const stillWaits = ({ waitingFor }: DrillRecord, what: WaitingForPerson['what']): boolean =>
  waitingFor?.what === what && Date.now() < Date.parse(waitingFor.expiresAt);

const take = (drill: DrillRecord, accepted: Omit<Decision, 'at' | 'via'>, via: Decision['via']): Decision => {
  const decision = { ...accepted, at: new Date().toISOString(), via };
  drill.decide(decision);
  // One decision counts: whoever comes second is told that the drill no longer waits.
  drill.waitFor(undefined);
  return decision;
};

const refusal = (why: string): ApplicationFailure => ApplicationFailure.nonRetryable(why, 'DecisionRefused');
