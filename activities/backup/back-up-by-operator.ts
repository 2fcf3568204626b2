import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import {
  backupPrefix,
  type BackupProgress,
  type BackupSight,
  type BeforeBackup,
  judgeBackup,
  readBackupJob,
} from '../../systems/openbao-operator/backup.js';
import { readOperatorCluster } from '../../systems/openbao-operator/cluster.js';
import { mayPass } from '../../systems/openbao-operator/log.js';
import { jobSelector, operatorAnnotations } from '../../systems/openbao-operator/objects.js';
import { snapshotTime } from '../../domain/snapshot/time.js';
import type { Bucket, OperatorAccess, SourceSite } from '../../domain/pair/topology.js';
import type { Cluster } from '../../systems/kubernetes/cluster.js';
import { explainWorkload } from '../../systems/kubernetes/explain.js';
import type { ObjectStore } from '../../systems/object-store/client.js';
import { isSnapshotFailure } from '../../systems/openbao/snapshot/failures.js';
import { readSnapshot, type SnapshotSummary } from '../../systems/openbao/snapshot/read-snapshot.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { tryToLookAtJob, unlessKnown } from '../operator/operator-job.js';
import { awaitNoLock, clusterRef, operatorOf, readClusterObject } from '../operator/operator-site.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { ridingOut } from '../patience/ride-out.js';
import { archiveIntegrity, snapshotFrom, worthAnother, writeSidecar } from './keep-snapshot.js';
import type { TakenSnapshot } from './take-snapshot.js';
import { describeMs } from '../../domain/units.js';

export interface BackUpByOperatorInput {
  readonly source: SourceSite;
  /** The bucket as the source reaches it. */
  readonly destination: Bucket;
  /** The bucket as the target reaches it: another identity than the one that wrote the object reads it back. */
  readonly readAs: Bucket;
}

export interface OperatorBackupOptions {
  /** How long the operator may take. Default: 10 minutes. */
  readonly deadlineMs?: number;
  /** Pause between two looks. Default: 2 seconds. */
  readonly intervalMs?: number;
  /** How long a Job may be done before its object shows. Default: 15 seconds. */
  readonly showsWithinMs?: number;
  /** How long a trigger may stay unanswered before it is written anew. Default: 45 seconds. */
  readonly triggerAgainMs?: number;
}

/**
 * Asks the operator for a backup, and watches both its status and the bucket: the object is the truth, for the status may
 * follow a minute later or stick. The object is then read back with the target's credential, and its description is kept beside
 * it if the source's credential may write there. A repeated attempt takes another backup; the operator's objects are never
 * removed.
 *
 * @throws KnownFailure `OperatorLockHeld`: the cluster was locked before the backup was asked for; the failure names the
 *   command that releases it.
 * @throws KnownFailure `OperatorBackupFailed` (a retry may help, unless a credential or the set-up was refused).
 * @throws KnownFailure `OperatorBackupMisplaced`: the Job is done, and the bucket has no new object in the expected place.
 * @throws KnownFailure `TimedOut`, which names how far the operator got.
 * @throws KnownFailure for which `isSnapshotFailure` holds: the object is no whole archive; a retry takes another backup.
 */
export const createBackUpByOperator = (
  { clusters, buckets }: Pick<ActivityPorts, 'clusters' | 'buckets'>,
  {
    deadlineMs = 600_000,
    intervalMs = 2_000,
    showsWithinMs = 15_000,
    triggerAgainMs = 45_000,
  }: OperatorBackupOptions = {},
) =>
  async function backUpByOperator({ source, destination, readAs }: BackUpByOperatorInput): Promise<TakenSnapshot> {
    const signal = cancellationSignal();
    const operator = operatorOf(source);
    const cluster = await clusters.at(operator);

    return buckets.with(destination, async (store) => {
      const watch: Watch = { cluster, operator, store, signal, deadlineMs, intervalMs, showsWithinMs, triggerAgainMs };
      await awaitNoLock(cluster, operator, signal, { deadlineMs, intervalMs });
      const before = await look(watch);
      const triggeredAt = await trigger(watch);
      const key = await awaitObject(watch, before, triggeredAt);

      const { summary, storedBytes } = await buckets.with(readAs, (reader) => readBack(reader, key, signal));
      const snapshot = snapshotFrom(summary, { key, takenAt: snapshotTime(key) ?? triggeredAt });
      await writeSidecar(store, snapshot, summary).catch(unlessNotAllowed);
      return { snapshot, check: archiveIntegrity(snapshot.sizeBytes, storedBytes) };
    });
  };

interface Watch extends Required<OperatorBackupOptions> {
  readonly cluster: Cluster;
  readonly operator: OperatorAccess;
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
}

/** Every place in which a backup leaves a trace. */
const look = async ({ cluster, operator, store, signal }: Watch): Promise<BeforeBackup & BackupSight> => {
  const { namespace, cluster: name, storage } = operator;
  const [object, jobs, objects] = await Promise.all([
    readClusterObject(cluster, operator, signal),
    cluster.list('jobs.batch', { namespace, selector: jobSelector(name, 'backup'), signal }),
    store.list(backupPrefix(storage.pathPrefix, namespace, name)),
  ]);
  return {
    keys: objects.map(({ key }) => key),
    jobs: jobs.map(readBackupJob),
    status: readOperatorCluster(object).backup,
    triggerPending: object.metadata.annotations?.[operatorAnnotations.triggerBackup] !== undefined,
  };
};

/** Every value is new, because an operator may ignore a trigger that it has seen before. */
const trigger = async ({ cluster, operator, signal }: Watch): Promise<string> => {
  const value = new Date().toISOString();
  await cluster.annotate(clusterRef(operator), { [operatorAnnotations.triggerBackup]: value }, { signal });
  return value;
};

/** The key of the object that answers the trigger. */
const awaitObject = async (watch: Watch, before: BeforeBackup, firstTrigger: string): Promise<string> => {
  const { operator, signal, deadlineMs, intervalMs, showsWithinMs, triggerAgainMs } = watch;
  let last: BackupProgress = { is: 'untouched' };
  let missingSince: number | undefined;
  const triggers = [firstTrigger];
  let triggeredMs = Date.now();
  const see = ridingOut(() => look(watch));
  const probe = async (): Promise<string | undefined> => {
    const sight = await see();
    if (sight === undefined) return undefined;
    last = judgeBackup(before, sight, triggers);
    if (last.is === 'done') return last.key;
    if (last.is === 'failed') throw await backupFailed(watch, last);
    // The trigger may have been written while another holder had the lock: the operator then reads it only if it changes.
    if (last.is === 'untouched' && Date.now() - triggeredMs >= triggerAgainMs) {
      triggers.push(await trigger(watch));
      triggeredMs = Date.now();
    }
    missingSince = last.is === 'misplaced' ? (missingSince ?? Date.now()) : undefined;
    if (last.is === 'misplaced' && Date.now() - (missingSince ?? 0) >= showsWithinMs) throw misplaced(watch, last);
    return undefined;
  };
  try {
    return await waitUntil(probe, {
      what: `the operator's backup of ${operator.cluster}`,
      timeoutMs: deadlineMs,
      intervalMs,
      signal,
    });
  } catch (error) {
    if (last.is === 'untouched') await withdrawTrigger(watch, triggers);
    throw isKnownFailure(error, 'TimedOut') ? await timedOut(watch, last) : error;
  }
};

/** Removes the trigger, because no step waits for it any more: an operator that comes back must not answer it. */
const withdrawTrigger = async ({ cluster, operator }: Watch, triggers: readonly string[]): Promise<void> => {
  try {
    const found = await cluster.get(clusterRef(operator));
    const pending = found?.metadata.annotations?.[operatorAnnotations.triggerBackup];
    if (pending === undefined || !triggers.includes(pending)) return;
    await cluster.annotate(clusterRef(operator), { [operatorAnnotations.triggerBackup]: null });
  } catch (error) {
    // The failure that ended the wait is the one to report.
    if (!isKnownFailure(error)) throw error;
  }
};

const backupFailed = async (
  { cluster, operator: { namespace, cluster: name }, signal }: Watch,
  { why, job }: BackupProgress & { readonly is: 'failed' },
): Promise<KnownFailure> => {
  const said = job === undefined ? undefined : (await tryToLookAtJob(cluster, { namespace, name: job }, signal))?.said;
  return new KnownFailure(
    'OperatorBackupFailed',
    `The operator's backup of ${name} failed: ${said ?? why}: look at its Job, at the backup settings of the cluster and ` +
      'at what its identities may do.',
    { retryable: mayPass(`${why} ${said ?? ''}`), facts: { job, reason: said === undefined ? undefined : why } },
  );
};

const misplaced = (
  { operator: { storage, namespace, cluster } }: Watch,
  { job, key }: BackupProgress & { readonly is: 'misplaced' },
): KnownFailure =>
  new KnownFailure(
    'OperatorBackupMisplaced',
    `The operator's backup Job is done, but s3://${storage.bucket}/${backupPrefix(storage.pathPrefix, namespace, cluster)} ` +
      "has no new object: check that the cluster's backup target is the lane's bucket and prefix.",
    { facts: { job, key } },
  );

const timedOut = async (
  { cluster, operator: { namespace, cluster: name }, deadlineMs }: Watch,
  last: BackupProgress,
): Promise<KnownFailure> => {
  const inTheWay = await explainWorkload(cluster, { namespace, selector: jobSelector(name, 'backup') }).catch(
    unlessKnown,
  );
  const state =
    last.is === 'untouched'
      ? "it has not taken the trigger up: check that the operator runs, and that the cluster's backup is configured"
      : `${last.is === 'running' && last.job !== undefined ? `Job ${last.job}` : 'it'} has not ended` +
        (inTheWay === undefined ? ': look at its pod and at the log of the operator' : `: ${inTheWay}`);
  // The deadline is final, because a retry would only wait as long again.
  return new KnownFailure(
    'TimedOut',
    `Waited ${describeMs(deadlineMs)} for the operator's backup of ${name}; ${state}.`,
  );
};

const readBack = async (
  store: ObjectStore,
  key: string,
  signal: AbortSignal,
): Promise<{ readonly summary: SnapshotSummary; readonly storedBytes: number | undefined }> => {
  const { body, sizeBytes } = await store.download({ key, signal });
  try {
    return { summary: await readSnapshot(body), storedBytes: sizeBytes };
  } catch (error) {
    throw isSnapshotFailure(error) ? worthAnother(error) : error;
  }
};

/** The source's credential may be read-only, because the operator's Jobs have their own. */
const unlessNotAllowed = (error: unknown): void => {
  if (!isKnownFailure(error, 'ObjectStoreAccessDenied')) throw error;
};
