import { cancellationSignal } from '@temporalio/activity';
import { type Check, type CheckName, check } from '../domain/checks.js';
import { isKnownFailure, type KnownFailure } from '../domain/known-failure.js';
import { createAwaited } from '../systems/openbao/awaited-server.js';
import { waitUntil } from '../systems/wait-until.js';

/** What was seen, and whether that is what was expected. */
export interface Observation {
  readonly passed: boolean;
  readonly observed: string;
}

/** A connection that breaks once is no finding; a server that does not answer for this long is. */
const patienceMs = 15_000;
/** Limit for all of it: one observation asks dozens of questions of a server far away, another waits for a lock. */
const longestMs = 5 * 60_000;

/**
 * Makes one observation into a check. A failure the program knows is an observation too: the check fails with its
 * sentence, and the other checks still run. One that may pass by itself is given some seconds to do so.
 */
export const observeCheck = async (
  name: CheckName,
  expected: string,
  observe: () => Promise<Observation>,
): Promise<Check> => {
  const seen = await patiently(observe);
  return 'observed' in seen
    ? check(name, seen.passed, expected, seen.observed)
    : check(name, false, expected, seen.message);
};

/**
 * Asks again for some seconds if the answer is a failure that passes (a retry may help, or an edge is about to start), and once more in any case; then that failure is the
 * answer. What takes its time and does not fail is not cut short.
 */
export const patiently = async <T extends object>(ask: () => Promise<T>): Promise<T | KnownFailure> => {
  let last: KnownFailure | undefined;
  const began = Date.now();
  let failures = 0;
  const passes = createAwaited();
  const attempt = async (): Promise<T | KnownFailure | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!isKnownFailure(error)) throw error;
      last = error;
      failures += 1;
      const patient = failures === 1 || Date.now() - began < patienceMs;
      return passes(error) && patient ? undefined : error;
    }
  };
  try {
    return await waitUntil(attempt, {
      what: 'an answer',
      timeoutMs: longestMs,
      intervalMs: 500,
      signal: cancellationSignal(),
    });
  } catch (error) {
    if (isKnownFailure(error, 'TimedOut') && last !== undefined) return last;
    throw error;
  }
};
