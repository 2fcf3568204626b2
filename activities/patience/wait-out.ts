/** Waits out an outage inside one attempt, for a step that Temporal must not repeat. */
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { asSentence } from '../../domain/facts.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { mayPass, stepRun } from './step-run.js';

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/**
 * Repeats an attempt for as long as the step is patient and the failure is retryable, until `attempt` calls `begin`: after that
 * every failure is final, because only an observation shows the outcome.
 *
 * @throws KnownFailure, not retryable, once the patience is over; any failure of `attempt` after `begin`.
 */
export const waitOutUntilBegun = async (attempt: (begin: () => void) => Promise<void>): Promise<void> => {
  const step = stepRun();
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    let begun = false;
    try {
      await attempt(() => {
        begun = true;
        step?.noteThere();
      });
      return;
    } catch (error) {
      if (begun || step === undefined || !isKnownFailure(error) || !mayPass(error)) throw error;
      step.noteAway(error);
      if (step.patienceLeftMs() === 0) {
        const { since } = step.beat().away ?? {};
        throw new KnownFailure(error.type, `${asSentence(error.message)} It has been so since ${since}.`, {
          cause: error,
        });
      }
    }
    await delay(pauseMs, undefined, { signal: cancellationSignal() });
  }
};
