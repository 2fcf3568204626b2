import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import type { Snapshot } from '../domain/report.js';
import type { RestoreExpectation, RestoreOutcome } from '../domain/restore-outcome.js';
import type { Topology } from '../domain/topology.js';
import type { Steps } from './steps.js';

export interface RestoreTargetInput extends RestoreExpectation {
  readonly topology: Topology;
  readonly drillId: string;
  readonly snapshot: Snapshot;
}

const mostSubmissions = 2;
const observeForSeconds = 600;

/**
 * Restores the target, and says what was observed of it: the restore call's own answer is never believed. A second
 * submission is made only after the first was seen to have changed nothing.
 */
export const restoreTarget = async (
  steps: Steps,
  { topology, drillId, snapshot, ...expectation }: RestoreTargetInput,
): Promise<RestoreOutcome> => {
  const { target, bucket, lane } = topology;
  for (let submission = 1; ; submission += 1) {
    try {
      await steps.submitRestore({ lane, drillId, target, source: bucket.target, snapshot });
    } catch (error) {
      if (!mayHaveBeenSubmitted(error)) throw error;
    }
    const outcome = await steps.observeRestore({ target, ...expectation, timeoutSeconds: observeForSeconds });
    if (outcome === 'applied' || outcome === 'sealed') return outcome;
    if (outcome === 'unknown') {
      throw ApplicationFailure.nonRetryable(
        `The target did not show within ${observeForSeconds} s what became of the restore: look at its log before anything else`,
        'RestoreOutcomeUnknown',
      );
    }
    if (submission === mostSubmissions) {
      throw ApplicationFailure.nonRetryable(
        `The target serves its own data after ${mostSubmissions} submissions of the snapshot`,
        'RestoreNotApplied',
      );
    }
  }
};

/**
 * A failure that no retry can help is a clear refusal, which left the target as it was. After anything else (a broken
 * connection, a worker that died or was stopped) only the target can tell.
 */
const mayHaveBeenSubmitted = (error: unknown): boolean => {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return false;
  const { cause } = error;
  return !(
    cause instanceof ApplicationFailure &&
    cause.nonRetryable === true &&
    cause.type !== 'RestoreOutcomeUnknown'
  );
};
