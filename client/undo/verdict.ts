/** Concludes an undo: the return of the clients is observed, not derived from the finished steps. */
import type { AnswersClients } from '../../infra/lanes/made/clients-name.js';
import type { ExitCode } from '../cli/context.js';
import type { UndoAccount } from './undo-lane.js';

export interface Verdict {
  readonly outcome: 'done' | 'nothing-to-do' | 'failed';
  readonly exitCode: ExitCode;
}

/** @param answeredBy the server that answers to the clients' name after the last step. */
export const judgeUndo = ({ outcome, steps, interrupted }: UndoAccount, answeredBy: AnswersClients): Verdict => {
  if (interrupted) return { outcome: 'failed', exitCode: 130 };
  if (steps.length > 0) {
    return outcome === 'done' && answeredBy === 'source'
      ? { outcome: 'done', exitCode: 0 }
      : { outcome: 'failed', exitCode: 1 };
  }
  // A stopped lane does not answer: no side of it is shut, and its clients belong to the source.
  const isRight = answeredBy === 'source' || answeredBy === 'nobody';
  return { outcome: 'nothing-to-do', exitCode: isRight ? 0 : 1 };
};
