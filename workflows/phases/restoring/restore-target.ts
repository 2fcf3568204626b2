import { ActivityFailure, ApplicationFailure, isCancellation, rootCause, TimeoutFailure } from '@temporalio/workflow';
import type { BreakGlass } from '../../../domain/plan/plan.js';
import type { Patience } from '../../../domain/plan/plan.js';
import type { OperatorRestore, Snapshot } from '../../../domain/report/report.js';
import type { RestoreExpectation } from '../../../domain/recovery/restore-outcome.js';
import type { Topology } from '../../../domain/pair/topology.js';
import { settleRestore } from './settle-restore.js';
import type { Steps } from '../../run/steps.js';
import { withinPatience } from '../../run/within-patience.js';

export interface RestoreTargetInput extends RestoreExpectation {
  readonly topology: Topology;
  readonly drillId: string;
  readonly snapshot: Snapshot;
  readonly openbaoVersion: string;
  /** Has the target's operator force the restore. It stays out of what is expected of the target afterwards. */
  readonly breakGlass?: BreakGlass | undefined;
  readonly patience?: Patience | undefined;
}

export interface RestoredTarget {
  /** Told of the operator's own part, if it did the restore. */
  readonly byOperator?: OperatorRestore;
  /** The restore that an operator holds its cluster for, until it is told to go on. */
  readonly held?: { readonly name: string; readonly uid: string };
}

const mostAttempts = 2;

/**
 * Restores the target, and says what was observed of it: the restore call's own answer is never believed. A second
 * submission is made only after the first was seen to have changed nothing.
 *
 * @param note told of the operator's part before it is clear what became of the restore: a failure must not lose it.
 * @throws as {@link settleRestore}, and ApplicationFailure `RestoreNotApplied`: it still serves its own data.
 */
export const restoreTarget = async (
  steps: Steps,
  { topology, drillId, snapshot, openbaoVersion, breakGlass, patience, ...expectation }: RestoreTargetInput,
  note: (found: RestoredTarget) => void = () => undefined,
): Promise<RestoredTarget> => {
  const { target, bucket, lane } = topology;
  const { sourceClusterId } = expectation;
  const submission = { lane, drillId, target, source: bucket.target, snapshot };
  const force = breakGlass !== undefined;
  const throughOperator = { ...submission, sourceClusterId, openbaoVersion, ...(force && { force }) };
  const again = withinPatience(patience?.beforeSeconds ?? 0);
  let counted = 0;
  for (let attempt = 1; ; attempt += 1) {
    let failure: unknown;
    let byOperator: OperatorRestore | undefined;
    try {
      if (target.operator === undefined) await steps.submitRestore(submission);
      else byOperator = await steps.restoreByOperator({ ...throughOperator, attempt });
    } catch (error) {
      if (!mayHaveBeenSubmitted(error)) throw error;
      failure = error;
    }
    if (byOperator !== undefined) note(restoredBy(byOperator, breakGlass));
    const outcome = await settleRestore(steps, { topology, drillId, ...expectation, patience });
    if (outcome === 'applied') return restoredBy(byOperator, breakGlass);
    // It was seen to have changed nothing, and what kept it from doing so is nothing that the target has said.
    if (!(isNobodysFailure(failure) && again())) counted += 1;
    if (counted === mostAttempts) {
      const why = failure === undefined ? reasonOf(byOperator) : rootCause(failure);
      throw ApplicationFailure.nonRetryable(
        `The target still serves its own data after ${attempt} attempts to restore it: ${why}`,
        'RestoreNotApplied',
      );
    }
  }
};

/** A worker that was lost or stopped, or a bucket or a Transit that went away while the snapshot was on its way. */
const isNobodysFailure = (error: unknown): boolean => {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof TimeoutFailure) return true;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  return nobodysFailures.has(type);
};

const nobodysFailures = new Set([
  'WorkerShutdown',
  'ObjectStoreUnreachable',
  'ObjectStoreUnavailable',
  'OpenBaoUnreachable',
  'OpenBaoUnavailable',
  'TransitUnreachable',
]);

const restoredBy = (byOperator: OperatorRestore | undefined, breakGlass: BreakGlass | undefined): RestoredTarget => {
  if (byOperator === undefined) return {};
  const { outcome, name, uid, forced } = byOperator;
  const why = forced && breakGlass !== undefined ? { forcedBecause: breakGlass.reason } : {};
  return { byOperator: { ...byOperator, ...why }, ...(outcome === 'held' && { held: { name, uid } }) };
};

const reasonOf = (byOperator: OperatorRestore | undefined): string =>
  byOperator === undefined
    ? 'OpenBao took it and did nothing'
    : `the operator ended ${byOperator.name} as ${byOperator.outcome}: ${byOperator.message}`;

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
