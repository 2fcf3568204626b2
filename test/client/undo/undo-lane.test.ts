import { describe, expect, it } from 'vitest';
import { undoLane } from '../../../client/undo/undo-lane.js';
import type { Doing } from '../../../client/undo/way-back.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { UndoStep } from '../../../domain/run/undo.js';

const all: readonly UndoStep[] = ['fence-target', 'open-source', 'move-clients', 'see-clients', 'open-target'];

/** Fails at the steps that are named. */
const failingAt = (...failing: readonly string[]): Doing & { readonly done: string[] } => {
  const done: string[] = [];
  const run = async (step: string): Promise<void> => {
    if (failing.includes(step)) throw new KnownFailure('Broken', `${step} is broken`);
    done.push(step);
  };
  return { done, do: run, leaveOnTarget: () => run('leave-on-target') };
};
const undo = async (doing: Doing, steps = all) => undoLane(steps, doing, () => undefined);

describe('undoing step by step', () => {
  it('does them in order, and accounts for each', async () => {
    const doing = failingAt();
    const account = await undo(doing);
    expect(doing.done).toEqual(all);
    expect(account).toEqual({
      outcome: 'done',
      steps: all.map((step) => ({ step, outcome: 'done', tookMs: expect.any(Number) as number })),
    });
  });

  it('ends at the one that fails, and opens no target that clients may still be on', async () => {
    const doing = failingAt('see-clients');
    const { outcome, steps, leftOnTarget } = await undo(doing);
    expect(doing.done).toEqual(['fence-target', 'open-source', 'move-clients']);
    expect(outcome).toBe('failed');
    expect(steps.at(-2)).toMatchObject({ step: 'see-clients', outcome: 'failed', reason: 'see-clients is broken' });
    expect(steps.at(-1)).toEqual({ step: 'open-target', outcome: 'not-tried' });
    expect(leftOnTarget).toBeUndefined();
  });

  it('leaves clients on the target when the source does not come back', async () => {
    const doing = failingAt('open-source');
    expect(await undo(doing)).toMatchObject({ outcome: 'failed', leftOnTarget: true });
    expect(doing.done).toEqual(['fence-target', 'leave-on-target']);
    expect(await undo(failingAt('open-source', 'leave-on-target'))).toMatchObject({ leftOnTarget: false });
  });

  it('opens no target for a source that fails to come back when clients were never on the target', async () => {
    const doing = failingAt('recover-source');
    const { leftOnTarget } = await undo(doing, ['recover-source', 'see-clients']);
    expect(leftOnTarget).toBeUndefined();
    expect(doing.done).toEqual([]);
  });
});
