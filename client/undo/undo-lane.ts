/** Undoes an ended drill's effects on its lane, step by step, and accounts for each step. */
import type { Context } from '../cli/context.js';
import { Interrupted } from '../cli/interruption.js';
import { isKnownFailure } from '../../domain/known-failure.js';
import type { UndoStep } from '../../domain/run/undo.js';
import type { Doing } from './way-back.js';

export interface StepAccount {
  readonly step: UndoStep;
  readonly outcome: 'done' | 'failed' | 'not-tried';
  readonly tookMs?: number;
  /** The reason of the failure. */
  readonly reason?: string;
}

export interface UndoAccount {
  readonly outcome: 'done' | 'failed';
  readonly steps: readonly StepAccount[];
  /** The source did not come back: clients that may be on the target stay there. */
  readonly leftOnTarget?: boolean;
  /** A person stopped it. */
  readonly interrupted?: true;
}

/** Once the target is fenced, its clients depend on these steps. */
const opensSource: readonly UndoStep[] = ['recover-source', 'open-source'];

/**
 * Once begun, the undo goes on even if the terminal goes away, because half an undo leaves clients without service. A second
 * Ctrl-C stops it.
 *
 * @param tell is called with each step as soon as it is over.
 */
export const undoLane = async (
  steps: readonly UndoStep[],
  doing: Doing,
  tell: (step: StepAccount) => void,
  interruption: Context['interruption'],
): Promise<UndoAccount> => {
  interruption.stopOnHangUp();
  interruption.first.throwIfAborted();
  interruption.second.throwIfAborted();
  const failureOf = (run: () => Promise<void>) => failureIn(run, interruption.second);
  const accounts: StepAccount[] = [];
  const note = (account: StepAccount): void => {
    accounts.push(account);
    tell(account);
  };
  for (const [at, step] of steps.entries()) {
    const since = performance.now();
    const failure = await failureOf(() => doing.do(step));
    const tookMs = Math.round(performance.now() - since);
    if (failure === undefined) {
      note({ step, outcome: 'done', tookMs });
      continue;
    }
    note({ step, outcome: 'failed', tookMs, reason: failure.reason });
    for (const other of steps.slice(at + 1)) accounts.push({ step: other, outcome: 'not-tried' });
    if (failure.interrupted) return { outcome: 'failed', steps: accounts, interrupted: true };
    const fencedTarget = steps.slice(0, at).includes('fence-target');
    if (!fencedTarget || !opensSource.includes(step)) return { outcome: 'failed', steps: accounts };
    const leftOnTarget = (await failureOf(() => doing.leaveOnTarget())) === undefined;
    return { outcome: 'failed', steps: accounts, leftOnTarget };
  }
  return { outcome: 'done', steps: accounts };
};

/** The failure as a sentence; an unknown failure is a fault of this program. */
const failureIn = async (
  run: () => Promise<void>,
  stopped: AbortSignal,
): Promise<{ readonly reason: string; readonly interrupted: boolean } | undefined> => {
  try {
    await run();
    return undefined;
  } catch (error) {
    // A stopped step may fail in any way.
    if (stopped.aborted || error instanceof Interrupted) return { reason: 'It was interrupted.', interrupted: true };
    if (isKnownFailure(error)) return { reason: error.message, interrupted: false };
    throw error;
  }
};
