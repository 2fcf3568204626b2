import { isKnownFailure } from '../../domain/known-failure.js';
import { stepRun } from './step-run.js';

/** Of what is no step. */
const patienceMs = 60_000;

/**
 * Makes a probe for a wait that goes on through failures which may pass by themselves. One that lasts is thrown: what cannot be
 * asked for as long as the step is patient is no longer being watched.
 */
export const ridingOut = <T>(probe: () => Promise<T | undefined>): (() => Promise<T | undefined>) => {
  let failingSince: number | undefined;
  return async () => {
    const step = stepRun();
    try {
      const found = await probe();
      // Only what this wait has missed itself: beside it, others may still be away.
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
