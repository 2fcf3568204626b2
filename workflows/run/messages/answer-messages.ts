import { setHandler } from '@temporalio/workflow';
import { summarise } from '../../../domain/approval/decision/summary.js';
import { takeVotes } from './ballot.js';
import { takeHandMoves } from './hand-moves.js';
import { status, summary } from './messages.js';
import type { RunRecord } from '../record.js';

/** Answers the run's messages. Set first thing: a signal may be waiting already. */
export const answerMessages = (record: RunRecord): void => {
  takeVotes(record);
  takeHandMoves(record);
  setHandler(status, () => record.status(), { description: 'Phase, checks, approvals, and what the drill waits for' });
  setHandler(summary, () => summarise(record.status(), Date.now()), { description: 'How the drill is doing, as text' });
};
