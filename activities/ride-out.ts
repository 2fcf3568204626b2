import { isKnownFailure } from '../domain/known-failure.js';

/** An API server that is restarted or a network that changes its mind is back within this. */
const patienceMs = 60_000;

/**
 * Makes a probe for a wait that goes on through failures which a retry may help. One that lasts is thrown: what cannot be asked
 * for a minute is no longer being watched.
 */
export const ridingOut = <T>(probe: () => Promise<T | undefined>): (() => Promise<T | undefined>) => {
  let failingSince: number | undefined;
  return async () => {
    try {
      const found = await probe();
      failingSince = undefined;
      return found;
    } catch (error) {
      if (!isKnownFailure(error) || !error.retryable) throw error;
      failingSince ??= Date.now();
      if (Date.now() - failingSince >= patienceMs) throw error;
      return undefined;
    }
  };
};
