import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import { judgeHandMove } from '../../../domain/approval/approval.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import type { HandMove } from '../../../domain/report/report.js';
import { describeSeconds } from '../../../domain/units.js';
import { ignore, judgeSignals } from './inbox.js';
import { acceptedOf, whyNot } from './judged.js';
import { cutoverDone, reportCutoverDone } from './messages.js';
import type { RunRecord } from '../record.js';
import { stillWaits } from './still-waits.js';

/** Takes reports of people that they moved the clients by hand. */
export const takeHandMoves = (record: RunRecord): void => {
  const judge = (message: unknown) =>
    judgeHandMove(message, { waiting: stillWaits(record, 'cutover'), to: record.waitingFor?.to });
  judgeSignals(cutoverDone.name, (message) => whyNot(judge(message)));
  setHandler(
    cutoverDone,
    (message: unknown) => {
      const judged = judge(message);
      if ('refused' in judged) ignore(cutoverDone.name, judged.refused);
      else note(record, judged.accepted);
    },
    { description: 'The clients were moved by hand: {"by":"ann"}' },
  );
  setHandler(reportCutoverDone, (message) => note(record, acceptedOf(judge(message))), {
    description: 'The clients were moved by hand, with an answer: {"by":"ann"}',
    validator: (message: unknown) => void acceptedOf(judge(message)),
  });
};

const note = (record: RunRecord, accepted: { readonly by: string; readonly comment?: string }): HandMove => {
  const move: HandMove = { to: record.waitingFor?.to ?? 'target', ...accepted, at: new Date().toISOString() };
  record.noteHandMove(move);
  // Like a decision: the first report counts, and the sender of a second one learns so.
  record.waitFor(undefined);
  return move;
};

/**
 * Waits until a person reports (signal `cutoverDone`) that the clients were moved by hand. Later probes show whether they were.
 *
 * @param areThere whether the clients were seen on that side, which ends the wait.
 * @throws ApplicationFailure `CutoverTimedOut`: no person reported it in time.
 */
export const awaitHandMove = async (
  record: RunRecord,
  to: PairSide,
  timeoutSeconds: number,
  areThere: () => boolean = () => false,
): Promise<void> => {
  const since = Date.now();
  const before = record.handMoves.length;
  record.waitFor({
    what: 'cutover',
    to,
    since: new Date(since).toISOString(),
    expiresAt: new Date(since + timeoutSeconds * 1000).toISOString(),
    approvers: [],
  });
  try {
    const isDone = () => record.handMoves.length > before || areThere();
    const moved = await condition(isDone, timeoutSeconds * 1000, {
      summary: `Wait for a person to move the clients to the ${to}`,
    });
    if (!moved) {
      throw ApplicationFailure.nonRetryable(
        `No person reported within ${describeSeconds(timeoutSeconds)} that the clients were moved to the ${to}`,
        'CutoverTimedOut',
      );
    }
  } finally {
    record.waitFor(undefined);
    record.noteHumanWait({ kind: 'cutover', from: new Date(since).toISOString(), to: new Date().toISOString() });
  }
};
