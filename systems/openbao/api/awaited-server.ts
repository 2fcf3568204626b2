/** Judges a failure during a wait for an OpenBao: the server is away, or it is the wrong server. */
import { isKnownFailure } from '../../../domain/known-failure.js';

/** An edge that has just started shows a certificate of its own until it has read its routes. */
const strangerForMs = 10_000;

/**
 * Tells transient failures from others, for one wait: a server that is away or cannot serve comes back, and one that shows
 * another certificate is an edge that starts, unless it goes on so for 10 s.
 */
export const createAwaited = (now: () => number = () => performance.now()): ((error: unknown) => boolean) => {
  let strangerSince: number | undefined;
  return (error) => {
    if (!isKnownFailure(error)) return false;
    const isStranger = error.type === 'OpenBaoCertificateRefused';
    strangerSince = isStranger ? (strangerSince ?? now()) : undefined;
    return error.retryable || (strangerSince !== undefined && now() - strangerSince < strangerForMs);
  };
};

/** Makes a probe for a wait: it repeats after a transient failure, and ends the wait after any other. */
export const awaiting = <T>(ask: () => Promise<T | undefined>): (() => Promise<T | undefined>) => {
  let passes = createAwaited();
  return async () => {
    try {
      const found = await ask();
      passes = createAwaited();
      return found;
    } catch (error) {
      if (passes(error)) return undefined;
      throw error;
    }
  };
};
