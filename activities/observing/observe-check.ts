import { cancellationSignal } from '@temporalio/activity';
import { type Check, type CheckName, check } from '../../domain/run/checks.js';
import { isKnownFailure, type KnownFailure } from '../../domain/known-failure.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { mayPass, stepRun } from '../patience/step-run.js';

/** The observation, and whether it meets the expectation. */
export interface Observation {
  readonly passed: boolean;
  readonly observed: string;
}

/** How long one attempt of a step keeps asking; the next attempt goes on, for as long as the step's patience lasts. */
const askForMs = 15_000;
/** The limit for a whole observation: one asks a distant server dozens of questions, another waits for a lock. */
const mostMs = 5 * 60_000;
/** The limit for reading a snapshot, which ends by itself if no byte comes any more. */
export const streamingMs = 7 * 24 * 60 * 60_000;
/** The time that a step needs besides, before Temporal ends its attempt. */
const reserveMs = 15_000;

/**
 * Turns one observation into a check. A known failure is an observation too: the check fails with its sentence, and the other
 * checks still run. A retryable failure is waited out for as long as the step is patient.
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
 * Repeats a question for some seconds while its answer is a retryable failure, and at least once; then that failure is the
 * answer, unless the step has patience left. A slow question that does not fail is cut short only with the step.
 *
 * @throws a retryable KnownFailure while the step has patience left: its next attempt asks again.
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

/**
 * Like {@link patiently}, but for some seconds only, however patient the step is: the next action is more urgent than the
 * answer.
 */
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
    // A server that accepts a connection and never answers is away as well.
    if (isKnownFailure(error, 'TimedOut')) return last ?? error;
    throw error;
  });
  if (isKnownFailure(outcome) && mayPass(outcome)) step?.noteAway(outcome);
  return outcome;
};
