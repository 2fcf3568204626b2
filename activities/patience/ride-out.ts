import { isKnownFailure } from '../../domain/known-failure.js';
import { stepRun } from './step-run.js';

/** The patience outside a step. */
const patienceMs = 60_000;

/**
 * Makes a probe for a wait that goes on through retryable failures. A failure that outlasts the step's patience is thrown,
 * because the wait can no longer observe anything.
 */
export const ridingOut = <T>(probe: () => Promise<T | undefined>): (() => Promise<T | undefined>) => {
  let failingSince: number | undefined;
  return async () => {
    const step = stepRun();
    try {
      const found = await probe();
      // Counts only this wait's own failures, because other servers may be away at the same time.
      if (failingSince !== undefined) step?.noteThere();
      failingSince = undefined;
      return found;
    } catch (error) {
      if (!isKnownFailure(error) || !error.retryable) throw error;
      failingSince ??= Date.now();
      step?.noteAway(error);
      if (step === undefined ? Date.now() - failingSince >= patienceMs : step.patienceLeftMs() === 0) throw error;
      return undefined;
    }
  };
};
