import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { waitUntil, type WaitOptions } from '../../systems/waiting/wait-until.js';

/**
 * Waits like {@link waitUntil}, for steps whose deadline is final: a retry of the step would only wait as long again. Attempts
 * are for lost workers.
 */
export const withinDeadline = async <T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> => {
  try {
    return await waitUntil(probe, options);
  } catch (error) {
    if (!isKnownFailure(error, options.failureType ?? 'TimedOut')) throw error;
    throw new KnownFailure(error.type, error.message);
  }
};
