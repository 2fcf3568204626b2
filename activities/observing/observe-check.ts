import { cancellationSignal } from '@temporalio/activity';
import { type Check, type CheckName, check } from '../../domain/run/checks.js';
import { isKnownFailure, type KnownFailure } from '../../domain/known-failure.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { mayPass, stepRun } from '../patience/step-run.js';

/** What was seen, and whether that is what was expected. */
export interface Observation {
  readonly passed: boolean;
  readonly observed: string;
}

/** How long one attempt of a step asks by itself; the next attempt goes on, for as long as the step's patience lasts. */
const askForMs = 15_000;
/** Limit for all of it: one observation asks dozens of questions of a server far away, another waits for a lock. */
const mostMs = 5 * 60_000;
/** Of what reads a snapshot: it ends by itself when no byte comes any more. */
export const streamingMs = 7 * 24 * 60 * 60_000;
/** What a step needs besides, before Temporal ends its attempt. */
const reserveMs = 15_000;

/**
 * Makes one observation into a check. A failure the program knows is an observation too: the check fails with its
 * sentence, and the other checks still run. One that may pass by itself is waited out for as long as the step is patient.
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
 * Asks again for some seconds if the answer is a failure that may pass by itself, and once more in any case; then that failure
 * is the answer, unless the step has patience left. What takes its time and does not fail is not cut short before the step is.
 *
 * @throws KnownFailure that may pass by itself, while the step has patience left: its next attempt asks again.
 */
export const patiently = async <T extends object>(
  ask: () => Promise<T>,
  longestMs = mostMs,
): Promise<T | KnownFailure> => {
  const outcome = await forSeconds(ask, longestMs);
  const step = stepRun();
  if (step !== undefined && isKnownFailure(outcome) && mayPass(outcome) && step.patienceLeftMs() > 0) throw outcome;
  return outcome;
};

/** As {@link patiently}, for some seconds only, however patient the step is: what follows is more urgent than the answer. */
export const forSeconds = async <T extends object>(
  ask: () => Promise<T>,
  longestMs = mostMs,
): Promise<T | KnownFailure> => {
  const step = stepRun();
  let last: KnownFailure | undefined;
  const began = Date.now();
  let failures = 0;
  const attempt = async (): Promise<T | KnownFailure | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!isKnownFailure(error)) throw error;
      if (!mayPass(error)) return error;
      last = error;
      step?.noteAway(error);
      failures += 1;
      const asking = failures === 1 || Date.now() - began < askForMs;
      return asking && step?.patienceLeftMs() !== 0 ? undefined : error;
    }
  };
  const outcome = await waitUntil(attempt, {
    what: 'an answer',
    timeoutMs: Math.min(longestMs, Math.max((step?.longestMs ?? Infinity) - reserveMs, reserveMs)),
    intervalMs: 500,
    signal: cancellationSignal(),
  }).catch((error: unknown) => {
    // A server that takes a connection and answers nothing is away as well.
    if (isKnownFailure(error, 'TimedOut')) return last ?? error;
    throw error;
  });
  if (isKnownFailure(outcome) && mayPass(outcome)) step?.noteAway(outcome);
  return outcome;
};
