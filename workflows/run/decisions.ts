import { ApplicationFailure, setHandler, type SignalDefinition } from '@temporalio/workflow';
import { type Decision, judgeDecision, judgeHandMove } from '../../domain/approval/approval.js';
import { summarise } from '../../domain/approval/decision/summary.js';
import type { HandMove, WaitingForPerson } from '../../domain/report/report.js';
import type { DrillRecord } from './drill-record.js';
import { ignore, judgeSignals } from './inbox/inbox.js';
import {
  approveCutover,
  cutoverDone,
  decideCutover,
  rejectCutover,
  reportCutoverDone,
  status,
  summary,
} from './messages.js';

/**
 * Answers the drill's messages. Set first thing: a signal may be waiting already. A signal handler must never throw (the
 * workflow task would be retried for ever and the drill look stuck), so whatever does not count is recorded and ignored,
 * already by the inbox; an update has somebody who reads the answer, so it is refused with the reason.
 */
export const answerMessages = (drill: DrillRecord): void => {
  const judge = (decision: unknown, message: unknown, via: Decision['via']) =>
    judgeDecision(decision, message, {
      waiting: stillWaits(drill, 'approval'),
      policy: drill.plan?.approval,
      evidenceSha256: drill.facts.decidedOn?.sha256,
      via,
    });
  const judgeUpdate = (message: unknown) =>
    judge((message as { decision?: unknown } | null | undefined)?.decision, message, 'update');
  const judgeMove = (message: unknown) => {
    const to = drill.waitingFor?.to;
    return judgeHandMove(message, { waiting: stillWaits(drill, 'cutover'), to });
  };

  const onSignal = <Message>(
    signal: SignalDefinition<[Message]>,
    decision: Decision['decision'],
    description: string,
  ): void => {
    judgeSignals(signal.name, (message) => whyNot(judge(decision, message, 'signal')));
    const handle = (message: unknown): void => {
      const judged = judge(decision, message, 'signal');
      if ('refused' in judged) ignore(signal.name, judged.refused);
      else take(drill, judged.accepted, 'signal');
    };
    setHandler(signal, handle, { description });
  };
  onSignal(approveCutover, 'approve', 'Approve the cutover: {"approver":"ann","comment":"…","evidence":"…"}');
  onSignal(rejectCutover, 'reject', 'Reject the cutover: {"approver":"ann","reason":"…"}');
  setHandler(decideCutover, (message) => take(drill, acceptedOf(judgeUpdate(message)), 'update'), {
    description:
      'Approve with an answer: {"decision":"approve","approver":"ann","evidence":"…"}; reject: {"decision":"reject","approver":"ann","reason":"…"}',
    // Synchronous on purpose: what an asynchronous validator decides is never looked at.
    validator: (message: unknown) => void acceptedOf(judgeUpdate(message)),
  });

  judgeSignals(cutoverDone.name, (message) => whyNot(judgeMove(message)));
  setHandler(
    cutoverDone,
    (message: unknown) => {
      const judged = judgeMove(message);
      if ('refused' in judged) ignore(cutoverDone.name, judged.refused);
      else noteMove(drill, judged.accepted);
    },
    { description: 'The clients were moved by hand: {"by":"ann"}' },
  );
  setHandler(reportCutoverDone, (message) => noteMove(drill, acceptedOf(judgeMove(message))), {
    description: 'The clients were moved by hand, with an answer: {"by":"ann"}',
    validator: (message: unknown) => void acceptedOf(judgeMove(message)),
  });

  setHandler(status, () => drill.status(), { description: 'Phase, checks, approvals, and what the drill waits for' });
  setHandler(summary, () => summarise(drill.status(), Date.now()), { description: 'How the drill is doing, as text' });
};

const whyNot = (judged: object): string | undefined =>
  'refused' in judged && typeof judged.refused === 'string' ? judged.refused : undefined;

const acceptedOf = <T>(judged: { readonly accepted: T } | { readonly refused: string }): T => {
  if ('refused' in judged) throw refusal(judged.refused);
  return judged.accepted;
};

const noteMove = (drill: DrillRecord, accepted: { readonly by: string; readonly comment?: string }): HandMove => {
  const move: HandMove = { to: drill.waitingFor?.to ?? 'target', ...accepted, at: new Date().toISOString() };
  drill.noteHandMove(move);
  // As with a decision: the first one counts, and a second is told so.
  drill.waitFor(undefined);
  return move;
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
