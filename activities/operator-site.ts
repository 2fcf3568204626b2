import { isKnownFailure, KnownFailure } from '../domain/known-failure.js';
import { readOperatorCluster } from '../domain/operator-cluster.js';
import {
  backupLockSettlesWithinMs,
  describeLock,
  maySettle,
  type OperationLock,
  releaseLockCommand,
} from '../domain/operator-lock.js';
import { operatorKinds } from '../domain/operator-objects.js';
import type { OperatorAccess, PairSite } from '../domain/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../systems/kubernetes/cluster.js';
import { waitUntil } from '../systems/wait-until.js';
import { ridingOut } from './ride-out.js';

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

/**
 * Waits for as long as the lock of an earlier backup may still go away by itself; any other lock is told at once.
 *
 * @throws KnownFailure `OperatorLockHeld`.
 */
export const awaitNoLock = async (cluster: Cluster, operator: OperatorAccess, signal: AbortSignal): Promise<void> => {
  let last: OperationLock | undefined;
  try {
    await waitUntil(
      ridingOut(async () => {
        const { lock } = readOperatorCluster(await readClusterObject(cluster, operator, signal));
        last = lock;
        if (lock === undefined) return true;
        if (maySettle(lock, Date.now())) return undefined;
        throw lockHeld(operator, lock);
      }),
      { what: 'the operation lock', timeoutMs: backupLockSettlesWithinMs, intervalMs: 2_000, signal },
    );
  } catch (error) {
    if (last !== undefined && isKnownFailure(error, 'TimedOut')) throw lockHeld(operator, last);
    throw error;
  }
};

/** @param consequence completes the sentence: what was not done because of it. */
export const lockHeld = (
  operator: OperatorAccess,
  lock: OperationLock,
  consequence = 'nothing was started',
): KnownFailure =>
  new KnownFailure(
    'OperatorLockHeld',
    `The operator's lock on ${operator.cluster} is held (${describeLock(lock)}), so ${consequence}: ` +
      `make sure that its holder is not at work, then release it with: ${releaseLockCommand(operator, lock)}`,
  );
