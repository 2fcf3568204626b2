import { describe, expect, it } from 'vitest';
import { judgeUndo } from '../../../client/undo/verdict.js';
import type { UndoAccount } from '../../../client/undo/undo-lane.js';
import type { AnswersClients } from '../../../infra/lanes/made/clients-name.js';

const undone: UndoAccount = { outcome: 'done', steps: [{ step: 'open-target', outcome: 'done', tookMs: 1 }] };
const failed: UndoAccount = { outcome: 'failed', steps: [{ step: 'see-clients', outcome: 'failed', tookMs: 1 }] };
const nothing: UndoAccount = { outcome: 'done', steps: [] };

describe('what an undo came to', () => {
  it.each<[AnswersClients, number]>([
    ['source', 0],
    ['target', 1],
    ['stranger', 1],
    ['unknown', 1],
    ['nobody', 1],
  ])('is done only if the source answers, whatever was done: %s', (answeredBy, exitCode) => {
    expect(judgeUndo(undone, answeredBy)).toEqual({ outcome: exitCode === 0 ? 'done' : 'failed', exitCode });
  });

  it('says by its exit code that it was interrupted', () => {
    const account = { ...failed, interrupted: true } as const;
    expect(judgeUndo(account, 'nobody')).toEqual({ outcome: 'failed', exitCode: 130 });
  });

  it('is failed if a step failed, whoever answers', () => {
    expect(judgeUndo(failed, 'source')).toEqual({ outcome: 'failed', exitCode: 1 });
  });

  it.each<[AnswersClients, number]>([
    ['source', 0],
    ['nobody', 0],
    ['stranger', 1],
  ])('has nothing to do for a pair as it should be, and does not pass over a stranger: %s', (answeredBy, exitCode) => {
    expect(judgeUndo(nothing, answeredBy)).toEqual({ outcome: 'nothing-to-do', exitCode });
  });
});
