/** Waits out what is away inside one attempt, for a step that Temporal must not repeat by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { asSentence } from '../../domain/facts.js';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { mayPass, stepRun } from './step-run.js';

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/**
 * Tries again and again for as long as the step is patient and what failed may pass by itself, until `attempt` calls `begin`:
 * from then on whatever it throws is final, for only the world can tell what came of it.
 *
 * @throws KnownFailure, not to be repeated, once the patience is over; whatever `attempt` throws after `begin`.
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
