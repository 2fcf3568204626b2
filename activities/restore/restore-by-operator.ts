import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { lockWaitedFor, type OperationLock } from '../../domain/operator-lock.js';
import { jobSelector, operatorKinds } from '../../domain/operator-objects.js';
import {
  expectationsIn,
  hasBegun,
  isSameRestore,
  type OperatorRestoreOutcome,
  outcomeOf,
  readRestore,
  restoreName,
  type RestoreObject,
  restoreObject,
  type RestoreSight,
} from '../../domain/operator-restore.js';
import type { OperatorRestore, Snapshot } from '../../domain/report.js';
import type { Bucket, OperatorAccess, TargetSite } from '../../domain/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../systems/kubernetes/cluster.js';
import { explainWorkload } from '../../systems/kubernetes/explain.js';
import { verifyContent } from '../../systems/openbao/expected-content.js';
import { waitUntil } from '../../systems/wait-until.js';
import { lookAtJob, type OperatorJob, tryToLookAtJob, unlessKnown } from '../operator-job.js';
import { lockHeld, operatorOf, readClusterObject } from '../operator-site.js';
import type { ActivityPorts } from '../ports.js';
import { ridingOut } from '../ride-out.js';

export interface RestoreByOperatorInput {
  readonly lane: string;
  readonly drillId: string;
  /** Counts the drill's restores from 1; each is a resource of its own. */
  readonly attempt: number;
  readonly target: TargetSite;
  /** The bucket as the target reaches it. */
  readonly source: Bucket;
  readonly snapshot: Snapshot;
  /** Told to an operator that can check it before it restores. */
  readonly sourceClusterId?: string;
  readonly openbaoVersion?: string;
  /** Break-glass. Default: false. */
  readonly force?: boolean;
}

export interface OperatorRestoreOptions {
  /** How long all of it may take. Default: 75 minutes, which the operator may take itself. */
  readonly deadlineMs?: number;
  /** Default: 2 seconds. */
  readonly intervalMs?: number;
  /** How long it may wait for a lock. Default: 60 seconds. */
  readonly lockPatienceMs?: number;
  /** How long it may take until its Job has started. Default: 3 minutes. */
  readonly startPatienceMs?: number;
  /** How long the resource may not be seen: an API server that has just started knows no such kind. Default: 15 seconds. */
  readonly goneAfterMs?: number;
}

type RestoreByOperatorPorts = Pick<ActivityPorts, 'clusters' | 'lanes' | 'buckets'>;

/**
 * Makes one `OpenBaoRestore` and watches it to its end. The snapshot is read with the target's credential first, and has to be
 * the one that was recorded; where the operator can be told digest and size, it is told. The resource is named after the drill
 * and the attempt, so an attempt that is repeated finds it and goes on watching. Whether the operator's pod is replaced
 * meanwhile does not matter. A restore that could not begin is taken back: nothing may restore behind the drill's back.
 *
 * One of the operator's lines always uses OpenBao's endpoint that does not ask the seal: the seal has to be proved before.
 *
 * @throws KnownFailure `SnapshotChanged`: the object is not the one that was taken, or was replaced while it was restored.
 * @throws KnownFailure `OperatorRestoreDiffers`: there is a restore of this name that asks for something else.
 * @throws KnownFailure `OperatorRestoreGone`: somebody removed or replaced the resource.
 * @throws KnownFailure `OperatorRestoreUnfinished`: one of an earlier attempt goes on, and could not be taken back.
 * @throws KnownFailure `OperatorLockHeld`: it waited for a lock, which nobody released; it was taken back.
 * @throws KnownFailure `OperatorJobStuck`: its Job does not start, or no operator makes one; it was taken back.
 * @throws KnownFailure `AdmissionRefused`, `KubernetesForbidden`: the cluster does not take the resource; nothing was restored.
 * @throws KnownFailure `RestoreOutcomeUnknown`: the deadline passed, or it began while it was taken back. Observe the target
 * before anything else.
 */
export const createRestoreByOperator = (
  { clusters, lanes, buckets }: RestoreByOperatorPorts,
  {
    deadlineMs = 75 * 60_000,
    intervalMs = 2_000,
    lockPatienceMs = 60_000,
    startPatienceMs = 180_000,
    goneAfterMs = 15_000,
  }: OperatorRestoreOptions = {},
) =>
  async function restoreByOperator(input: RestoreByOperatorInput): Promise<OperatorRestore> {
    const { lane, drillId, attempt, target, source, snapshot, force = false } = input;
    const signal = cancellationSignal();
    const operator = operatorOf(target);
    const cluster = await clusters.at(operator);
    const name = restoreName(drillId, attempt);
    const ref: ObjectRef = { kind: operatorKinds.restores, name, namespace: operator.namespace };
    await readClusterObject(cluster, operator, signal);
    const definition = await cluster.get({ kind: operatorKinds.definitions, name: operatorKinds.restores }, { signal });
    const wanted = restoreObject({
      name,
      drillId,
      operator,
      snapshot,
      expectations: expectationsIn(definition),
      clusterId: input.sourceClusterId,
      openbaoVersion: input.openbaoVersion,
      force,
    });

    return buckets.with(source, async (store) => {
      let etag: string | undefined;
      const make = async (): Promise<KubernetesObject> => {
        const found = await cluster.get(ref, { signal });
        if (found !== undefined) return found;
        const download = await store.download({ key: snapshot.key, signal });
        ({ etag } = download);
        await verifyContent(download.body, snapshot);
        // Before the resource is there: after a crash at any later point the target must not pass for fresh.
        await lanes.open(lane).markTargetUsed(drillId, signal);
        return create(cluster, ref, wanted, signal);
      };
      for (let earlier = 1; earlier < attempt; earlier += 1) {
        await assertOver(cluster, { ...ref, name: restoreName(drillId, earlier) }, signal);
      }
      const made = await make();
      if (!isSameRestore(made, wanted)) throw differs(ref);
      const watch = { cluster, operator, ref, wanted, uid: made.metadata.uid ?? '', signal };
      const ended = await watchRestore({
        ...watch,
        deadlineMs,
        intervalMs,
        lockPatienceMs,
        startPatienceMs,
        goneAfterMs,
      });

      // The operator has read the object by itself, after it was verified here.
      const now = etag === undefined ? undefined : await store.head(snapshot.key);
      if (etag !== undefined && now?.etag !== etag) throw replaced(snapshot.key);
      const bound = Object.keys(wanted.spec['source'] as object).filter((field) => field.startsWith('expected'));
      return { ...ended, name, uid: watch.uid, forced: force, bound };
    });
  };

const create = async (
  cluster: Cluster,
  ref: ObjectRef,
  wanted: RestoreObject,
  signal: AbortSignal,
): Promise<KubernetesObject> => {
  try {
    return await cluster.create(wanted, { signal });
  } catch (error) {
    // kubectl was ended: whether the server has made it by then is unknown, and nobody would watch it.
    if (signal.aborted) await takeBackOurs(cluster, ref, wanted);
    if (!isKnownFailure(error, 'KubernetesObjectExists')) throw error;
    // An answer that was lost, or another worker with the same attempt.
    const found = await cluster.get(ref, { signal });
    if (found === undefined) throw error;
    return found;
  }
};

/**
 * One that nobody watched to its end may still begin: while it waits for a lock, say. Two of them must never be under way, so
 * it is taken back, or nothing else is asked for.
 */
const assertOver = async (cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<void> => {
  const found = await cluster.get(ref, { signal });
  if (found === undefined || outcomeOf(readRestore(found)) !== undefined) return;
  if ((await takeBack({ cluster, ref, uid: found.metadata.uid ?? '' })) === 'taken back') return;
  throw new KnownFailure(
    'OperatorRestoreUnfinished',
    'An OpenBaoRestore of an earlier attempt has not ended, so no other was made: look at it, and at the target, before anything else.',
    { facts: { namespace: ref.namespace, name: ref.name } },
  );
};

interface Watch extends Required<OperatorRestoreOptions> {
  readonly cluster: Cluster;
  readonly operator: OperatorAccess;
  readonly ref: ObjectRef;
  readonly wanted: RestoreObject;
  readonly uid: string;
  readonly signal: AbortSignal;
}

type Ended = Pick<OperatorRestore, 'outcome' | 'message' | 'startedAt' | 'endedAt'>;

const watchRestore = async (watch: Watch): Promise<Ended> => {
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

/** The restore cannot begin. Becomes a failure once it is known whether it could be taken back. */
class Blocked extends Error {
  constructor(
    readonly lock: OperationLock | undefined,
    readonly inTheWay = 'no reason was given',
  ) {
    super();
  }
}

/** How long something has been so without a break, in milliseconds. */
const stopwatch = () => {
  let since: number | undefined;
  return (isSo: boolean): number => {
    since = isSo ? (since ?? Date.now()) : undefined;
    return since === undefined ? 0 : Date.now() - since;
  };
};

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

/** As the operator names it. */
const jobOf = ({ name, namespace = '' }: ObjectRef): OperatorJob => ({ namespace, name: `restore-${name}` });

const explain = async ({ cluster, operator: { namespace, cluster: name } }: Watch): Promise<string | undefined> => {
  try {
    return await explainWorkload(cluster, { namespace, selector: jobSelector(name, 'restore') });
  } catch (error) {
    return unlessKnown(error);
  }
};

const whatIsInTheWay = async (watch: Watch, seen: RestoreSight): Promise<string> =>
  hasBegun(seen)
    ? ((await explain(watch)) ?? seen.message)
    : `the operator does not go on with it (${seen.phase}${seen.message === '' ? '' : `: ${seen.message}`}): check that it runs`;

const takeBackOurs = async (cluster: Cluster, ref: ObjectRef, wanted: RestoreObject): Promise<void> => {
  const found = await cluster.get(ref).catch(unlessKnown);
  if (found === undefined || !isSameRestore(found, wanted)) return;
  await takeBack({ cluster, ref, uid: found.metadata.uid ?? '' });
};

/** Removes a restore that has sent nothing yet. Its finalizer gives a lock back that it may have taken. */
const takeBack = async ({
  cluster,
  ref,
  uid,
}: Pick<Watch, 'cluster' | 'ref' | 'uid'>): Promise<'taken back' | 'still there' | 'begun'> => {
  try {
    const found = await cluster.get(ref);
    if (found === undefined) return 'taken back';
    // In the moment since it was looked at, it may have begun.
    const now = readRestore(found);
    if (found.metadata.uid !== uid || outcomeOf(now) !== undefined) return 'still there';
    if (hasBegun(now) && (await lookAtJob(cluster, jobOf(ref))).started) return 'begun';
    await cluster.remove(ref, { timeoutMs: 30_000 });
    // And in the moment before it was gone: its Job goes after it, and may have sent something by then.
    return (await lookAtJob(cluster, jobOf(ref))).started ? 'begun' : 'taken back';
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return 'still there';
  }
};

const differs = ({ name, namespace }: ObjectRef): KnownFailure =>
  new KnownFailure(
    'OperatorRestoreDiffers',
    'There is an OpenBaoRestore of this name that asks for something else than this attempt: find out who made or changed ' +
      'it, and look at the target before anything else.',
    { facts: { namespace, name } },
  );

const gone = ({ name, namespace }: ObjectRef): KnownFailure =>
  new KnownFailure(
    'OperatorRestoreGone',
    'Somebody removed or replaced the OpenBaoRestore while it was watched: look at the target before anything else.',
    { facts: { namespace, name } },
  );

const jobStuck = ({ name, namespace }: ObjectRef, inTheWay: string, consequence: string): KnownFailure =>
  new KnownFailure('OperatorJobStuck', `The restore does not begin, so ${consequence}: ${inTheWay}`, {
    facts: { namespace, name },
  });

const replaced = (key: string): KnownFailure =>
  new KnownFailure(
    'SnapshotChanged',
    'The object in the bucket was replaced while the operator restored it, so nobody can say what was restored: find out ' +
      'by whom, and build the target anew.',
    { facts: { key } },
  );

const outcomeUnknown = async (
  watch: Watch,
  sight: RestoreSight | undefined,
  said: string | undefined,
): Promise<KnownFailure> => {
  const inTheWay = said ?? (await explain(watch));
  return new KnownFailure(
    'RestoreOutcomeUnknown',
    'Nobody saw how the restore through the operator ended: look at the target before anything else',
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
