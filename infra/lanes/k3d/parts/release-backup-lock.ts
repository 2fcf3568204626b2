/**
 * Releases what a backup has left locked. The operator's second backup of a cluster never gets into its status, and its lock
 * stays, although Job and object are fine: with the status gone, the operator writes it anew and lets go.
 */
import { numberAt, textAt } from '../../../../domain/fields.js';
import { conditionOf, jobSelector } from '../../../../systems/openbao-operator/objects.js';
import { lockOf, maySettle } from '../../../../systems/openbao-operator/lock.js';
import type { PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster } from '../../../../systems/kubernetes/cluster.js';
import { awaitObject } from '../objects/await-object.js';
import type { LaneContext } from '../lane-context.js';
import { sideName } from '../names.js';
import { clusterRef } from '../sides/side-server.js';

/** Does nothing while a backup is under way, or may still get into the status by itself. */
export const releaseBackupLock = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { progress, signal } = context;
  const object = await cluster.get(clusterRef(side), { signal });
  const lock = lockOf(object);
  if (lock?.operation !== 'Backup') return;
  const jobs = await cluster.list('jobs.batch', {
    namespace: sideName(side),
    selector: jobSelector(sideName(side), 'backup'),
    signal,
  });
  if (jobs.some((job) => (numberAt(job, 'status', 'active') ?? 0) > 0)) return;
  const words = textAt(object, 'status', 'operationLock', 'message')?.split(/[^a-z0-9.-]+/) ?? [];
  const isDone = jobs.some(
    (job) => words.includes(job.metadata.name) && conditionOf(job, 'Complete')?.status === 'True',
  );
  if (!isDone && maySettle(lock, Date.now())) return;
  progress(`${side}: a backup that is over still holds the lock, which is released`);
  await cluster.patch(clusterRef(side), [{ op: 'remove', path: '/status/backup' }], {
    type: 'json',
    subresource: 'status',
    signal,
  });
  await awaitObject(
    cluster,
    {
      ref: clusterRef(side),
      what: `the operator of ${side} to let go of the lock of its last backup`,
      read: (current) => (lockOf(current)?.operation === 'Backup' ? undefined : true),
      timeoutMs: 90_000,
    },
    context,
  );
};
