import { describe, expect, it } from 'vitest';
import { undoLane } from '../../../client/undo/undo-lane.js';
import { createInterruption, Interrupted } from '../../../client/cli/interruption.js';
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
const undo = async (doing: Doing, steps = all, interruption = createInterruption()) =>
  undoLane(steps, doing, () => undefined, interruption);

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

  it('is seen through when the terminal goes away, and by a first Ctrl-C', async () => {
    const interruption = createInterruption();
    const doing = failingAt();
    const stopping: Doing = {
      ...doing,
      async do(step) {
        interruption.hangUp();
        interruption.second.throwIfAborted();
        await doing.do(step);
      },
    };
    expect(await undo(stopping, all, interruption)).toMatchObject({ outcome: 'done' });
    expect(doing.done).toEqual(all);
  });

  it('begins nothing for a terminal that went away before', async () => {
    const interruption = createInterruption();
    interruption.hangUp();
    const doing = failingAt();
    await expect(undo(doing, all, interruption)).rejects.toBeInstanceOf(Interrupted);
    expect(doing.done).toEqual([]);
  });

  it('accounts for what was done when a person stops it', async () => {
    const interruption = createInterruption();
    const doing = failingAt();
    const stopped: Doing = {
      ...doing,
      async do(step) {
        if (step === 'open-source') {
          interruption.raise();
          interruption.raise();
        }
        interruption.second.throwIfAborted();
        await doing.do(step);
      },
    };
    const { steps, ...account } = await undo(stopped, all, interruption);
    expect(account).toEqual({ outcome: 'failed', interrupted: true });
    expect(steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'fence-target done',
      'open-source failed',
      'move-clients not-tried',
      'see-clients not-tried',
      'open-target not-tried',
    ]);
    expect(steps[1]?.reason).toBe('It was interrupted.');
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
