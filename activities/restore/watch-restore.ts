/** Watches one `OpenBaoRestore` to its end, or until it clearly does not begin. */
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { lockWaitedFor, type OperationLock } from '../../systems/openbao-operator/lock.js';
import { jobSelector } from '../../systems/openbao-operator/objects.js';
import {
  hasBegun,
  isSameRestore,
  type OperatorRestoreOutcome,
  outcomeOf,
  readRestore,
  type RestoreObject,
  type RestoreSight,
} from '../../systems/openbao-operator/restore.js';
import type { OperatorRestore } from '../../domain/report/report.js';
import type { OperatorAccess } from '../../domain/pair/topology.js';
import type { ObjectRef } from '../../systems/kubernetes/cluster.js';
import { explainWorkload } from '../../systems/kubernetes/explain.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { tryToLookAtJob, unlessKnown } from '../operator/operator-job.js';
import { lockHeld } from '../operator/operator-site.js';
import { ridingOut } from '../patience/ride-out.js';
import { jobOf, type MadeRestore, takeBack } from './take-restore-back.js';
import { stopwatch } from '../observing/stopwatch.js';

export interface WatchRestoreOptions {
  /** How long the whole restore may take. Default: 75 minutes, the operator's own limit. */
  readonly deadlineMs?: number;
  /** Default: 2 seconds. */
  readonly intervalMs?: number;
  /** How long the restore may wait for a lock. Default: 60 seconds. */
  readonly lockPatienceMs?: number;
  /** How long its Job may take to start. Default: 3 minutes. */
  readonly startPatienceMs?: number;
  /**
   * How long the resource may be missing, because an API server that has just started does not know its kind. Default: 15
   * seconds.
   */
  readonly goneAfterMs?: number;
}

export interface WatchedRestore extends MadeRestore, Required<WatchRestoreOptions> {
  readonly operator: OperatorAccess;
  readonly wanted: RestoreObject;
  readonly signal: AbortSignal;
}

type Ended = Pick<OperatorRestore, 'outcome' | 'message' | 'startedAt' | 'endedAt'>;

/**
 * Takes back a restore that cannot begin, or that the drill no longer waits for.
 *
 * @throws KnownFailure `OperatorRestoreDiffers`, `OperatorRestoreGone`, `OperatorLockHeld`, `OperatorJobStuck`,
 *   `RestoreOutcomeUnknown`: as for {@link createRestoreByOperator}.
 */
export const watchRestore = async (watch: WatchedRestore): Promise<Ended> => {
  const { cluster, operator, ref, signal, deadlineMs, intervalMs, lockPatienceMs, startPatienceMs, goneAfterMs } =
    watch;
  const locked = stopwatch();
  const stuck = stopwatch();
  const missing = stopwatch();
  let sight: RestoreSight | undefined;
  let said: string | undefined;
  let started = false;

  const see = ridingOut(async () => {
    const found = await cluster.get(ref, { signal });
    if (missing(found === undefined) >= goneAfterMs) throw gone(ref);
    if (found === undefined) return undefined;
    if (found.metadata.uid !== watch.uid) throw gone(ref);
    if (!isSameRestore(found, watch.wanted)) throw differs(ref);
    return readRestore(found);
  });
  const probe = async (): Promise<Ended | undefined> => {
    const seen = await see();
    if (seen === undefined) return undefined;
    sight = seen;
    const outcome = outcomeOf(seen);
    if (outcome !== undefined) return endOf(seen, outcome, said);
    const lock = lockWaitedFor(seen.phase === 'Validating' ? seen.message : undefined);
    if (locked(lock !== undefined) >= lockPatienceMs) throw new Blocked(lock);
    const job = hasBegun(seen) ? await tryToLookAtJob(cluster, jobOf(ref), signal) : undefined;
    started ||= job?.started === true;
    said = job?.said ?? said;
    const isStuck = !started && lock === undefined;
    if (stuck(isStuck) >= startPatienceMs) throw new Blocked(undefined, await whatIsInTheWay(watch, seen));
    return undefined;
  };

  try {
    return await waitUntil(probe, { what: 'the restore', timeoutMs: deadlineMs, intervalMs, signal });
  } catch (error) {
    const fate = started || isKnownFailure(error, 'OperatorRestoreGone') ? 'begun' : await takeBack(watch);
    if (error instanceof Blocked) {
      if (fate === 'begun') throw await outcomeUnknown(watch, sight, said);
      const { lock, inTheWay } = error;
      const consequence =
        fate === 'taken back' ? 'it was taken back' : `${ref.name} is still there and may begin at any time: remove it`;
      throw lock === undefined
        ? jobStuck(ref, inTheWay, consequence)
        : lockHeld(operator, lock, `the restore did not begin and ${consequence}`);
    }
    if (isKnownFailure(error, 'TimedOut')) throw await outcomeUnknown(watch, sight, said);
    throw error;
  }
};

/** The restore cannot begin. This becomes a failure once it is clear whether the restore could be taken back. */
class Blocked extends Error {
  constructor(
    readonly lock: OperationLock | undefined,
    readonly inTheWay = 'no reason was given',
  ) {
    super();
  }
}

const endOf = (
  { message, startedAt, completedAt }: RestoreSight,
  outcome: OperatorRestoreOutcome,
  said: string | undefined,
): Ended => {
  const now = new Date().toISOString();
  return {
    outcome,
    message: outcome === 'failed' && said !== undefined ? `${message} (its Job said: ${said})` : message,
    startedAt: startedAt ?? now,
    endedAt: completedAt ?? now,
  };
};

const explain = async ({
  cluster,
  operator: { namespace, cluster: name },
}: WatchedRestore): Promise<string | undefined> => {
  try {
    return await explainWorkload(cluster, { namespace, selector: jobSelector(name, 'restore') });
  } catch (error) {
    return unlessKnown(error);
  }
};

const whatIsInTheWay = async (watch: WatchedRestore, seen: RestoreSight): Promise<string> =>
  hasBegun(seen)
    ? ((await explain(watch)) ?? seen.message)
    : `the operator does not go on with it (${seen.phase}${seen.message === '' ? '' : `: ${seen.message}`}): check that it runs`;

export const differs = ({ name, namespace }: ObjectRef): KnownFailure =>
  new KnownFailure(
    'OperatorRestoreDiffers',
    'An existing OpenBaoRestore of this name asks for something else than this attempt: find out who made or changed ' +
      'it, and look at the target before anything else.',
    { facts: { namespace, name } },
  );

const gone = ({ name, namespace }: ObjectRef): KnownFailure =>
  new KnownFailure(
    'OperatorRestoreGone',
    'The OpenBaoRestore was removed or replaced while it was watched: look at the target before anything else.',
    { facts: { namespace, name } },
  );

const jobStuck = ({ name, namespace }: ObjectRef, inTheWay: string, consequence: string): KnownFailure =>
  new KnownFailure('OperatorJobStuck', `The restore does not begin, so ${consequence}: ${inTheWay}`, {
    facts: { namespace, name },
  });

const outcomeUnknown = async (
  watch: WatchedRestore,
  sight: RestoreSight | undefined,
  said: string | undefined,
): Promise<KnownFailure> => {
  const inTheWay = said ?? (await explain(watch));
  return new KnownFailure(
    'RestoreOutcomeUnknown',
    'The end of the restore through the operator was not observed: look at the target before anything else.',
    {
      facts: {
        name: watch.ref.name,
        phase: sight?.phase ?? 'unknown',
        message: sight?.message,
        ...(inTheWay !== undefined && { inTheWay }),
      },
    },
  );
};
