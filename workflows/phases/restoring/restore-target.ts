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
  /** Asks the target's operator to force the restore. The checks of the target afterwards stay the same. */
  readonly breakGlass?: BreakGlass | undefined;
  readonly patience?: Patience | undefined;
}

export interface RestoredTarget {
  /** Receives the operator's account, if it did the restore. */
  readonly byOperator?: OperatorRestore;
  /** The restore for which an operator holds its cluster until the drill asks it to go on. */
  readonly held?: { readonly name: string; readonly uid: string };
}

const mostAttempts = 2;

/**
 * Restores the target, and returns the observed outcome: the restore call's own answer is never trusted. A second submission is
 * made only after the first was seen to have changed nothing.
 *
 * @param note receives the operator's account before the outcome of the restore is clear: a failure must not lose it.
 * @throws as {@link settleRestore}, and ApplicationFailure `RestoreNotApplied`: the target still serves its own data.
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
    // The restore was seen to have changed nothing, and the target did not refuse it.
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

/** Failures of the transport: a lost or stopped worker, or a bucket or Transit that went away during the upload. */
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
 * A failure without a useful retry is a clear refusal, which left the target unchanged. After any other failure (a broken
 * connection, a dead or stopped worker) only the target shows the outcome.
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
