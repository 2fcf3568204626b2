import { ActivityFailure, ApplicationFailure, isCancellation, rootCause } from '@temporalio/workflow';
import type { Snapshot } from '../domain/report.js';
import type { RestoreExpectation, RestoreOutcome } from '../domain/restore-outcome.js';
import type { Topology } from '../domain/topology.js';
import type { Steps } from './steps.js';

export interface RestoreTargetInput extends RestoreExpectation {
  readonly topology: Topology;
  readonly drillId: string;
  readonly snapshot: Snapshot;
}

const mostAttempts = 2;
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
  for (let attempt = 1; ; attempt += 1) {
    let failure: unknown;
    try {
      await steps.submitRestore({ lane, drillId, target, source: bucket.target, snapshot });
    } catch (error) {
      if (!mayHaveBeenSubmitted(error)) throw error;
      failure = error;
    }
    const outcome = await steps.observeRestore({ target, ...expectation, timeoutSeconds: observeForSeconds });
    if (outcome === 'applied' || outcome === 'sealed') return outcome;
    if (outcome === 'unknown') {
      throw ApplicationFailure.nonRetryable(
        `The target did not show within ${observeForSeconds} s what became of the restore: look at its log before anything else`,
        'RestoreOutcomeUnknown',
      );
    }
    if (attempt === mostAttempts) {
      const why = failure === undefined ? 'OpenBao took it and did nothing' : rootCause(failure);
      throw ApplicationFailure.nonRetryable(
        `The target still serves its own data after ${mostAttempts} attempts to restore it: ${why}`,
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
