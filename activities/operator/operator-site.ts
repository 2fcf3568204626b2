import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { readOperatorCluster } from '../../systems/openbao-operator/cluster.js';
import {
  backupLockSettlesWithinMs,
  describeLock,
  maySettle,
  type OperationLock,
  releaseLockCommand,
} from '../../systems/openbao-operator/lock.js';
import { numberAt } from '../../domain/fields.js';
import { jobSelector, operatorKinds } from '../../systems/openbao-operator/objects.js';
import type { OperatorAccess, PairSite } from '../../domain/pair/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../systems/kubernetes/cluster.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { ridingOut } from '../patience/ride-out.js';

/** @throws KnownFailure `SiteHasNoOperator`: the lane is of another kind than the step. */
export const operatorOf = ({ site, operator }: PairSite): OperatorAccess => {
  if (operator !== undefined) return operator;
  throw new KnownFailure(
    'SiteHasNoOperator',
    `The lane names no operator for the ${site}: back up and restore it through OpenBao's own API.`,
  );
};

export const clusterRef = ({ namespace, cluster }: OperatorAccess): ObjectRef => ({
  kind: operatorKinds.clusters,
  name: cluster,
  namespace,
});

/** @throws KnownFailure `OperatorClusterMissing`. */
export const readClusterObject = async (
  cluster: Cluster,
  operator: OperatorAccess,
  signal?: AbortSignal,
): Promise<KubernetesObject> => {
  const found = await cluster.get(clusterRef(operator), { signal });
  if (found !== undefined) return found;
  throw new KnownFailure(
    'OperatorClusterMissing',
    'There is no such OpenBaoCluster: check the lane, and that the operator with its resources is installed there.',
    { facts: { context: operator.context, namespace: operator.namespace, cluster: operator.cluster } },
  );
};

export interface NoLockOptions {
  /** How long a running backup may take. Default: 10 minutes. */
  readonly deadlineMs?: number;
  /** Default: 2 seconds. */
  readonly intervalMs?: number;
}

/**
 * Waits for a running backup, for example of an attempt whose worker died, and then for as long as its lock may still be
 * released; any other lock is a failure at once.
 *
 * @throws KnownFailure `OperatorLockHeld`.
 */
export const awaitNoLock = async (
  cluster: Cluster,
  operator: OperatorAccess,
  signal: AbortSignal,
  { deadlineMs = 600_000, intervalMs = 2_000 }: NoLockOptions = {},
): Promise<void> => {
  let last: OperationLock | undefined;
  let ranMs: number | undefined;
  try {
    await waitUntil(
      ridingOut(async () => {
        const { lock } = readOperatorCluster(await readClusterObject(cluster, operator, signal));
        last = lock;
        if (lock === undefined) return true;
        if (lock.operation === 'Backup' && (await backupRuns(cluster, operator, signal))) ranMs = Date.now();
        const follows = ranMs !== undefined && Date.now() - ranMs < backupLockSettlesWithinMs;
        if (follows || maySettle(lock, Date.now())) return undefined;
        throw lockHeld(operator, lock);
      }),
      { what: 'the operation lock', timeoutMs: deadlineMs, intervalMs, signal },
    );
  } catch (error) {
    if (last !== undefined && isKnownFailure(error, 'TimedOut')) throw lockHeld(operator, last);
    throw error;
  }
};

const backupRuns = async (
  cluster: Cluster,
  { namespace, cluster: name }: OperatorAccess,
  signal: AbortSignal,
): Promise<boolean> => {
  const jobs = await cluster.list('jobs.batch', { namespace, selector: jobSelector(name, 'backup'), signal });
  return jobs.some((job) => (numberAt(job, 'status', 'active') ?? 0) > 0);
};

/** @param consequence completes the sentence: the action that the lock prevented. */
export const lockHeld = (
  operator: OperatorAccess,
  lock: OperationLock,
  consequence = 'nothing was started',
): KnownFailure =>
  new KnownFailure(
    'OperatorLockHeld',
    `The operator's lock on ${operator.cluster} is held ${describeLock(lock)}, so ${consequence}: ` +
      `make sure that its holder is not at work, then release it with: ${releaseLockCommand(operator, lock)}`,
  );
