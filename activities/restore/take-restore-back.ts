/** Takes back a restore through the operator that has sent nothing yet, so that it cannot run unobserved. */
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import {
  hasBegun,
  isSameRestore,
  outcomeOf,
  readRestore,
  type RestoreObject,
} from '../../systems/openbao-operator/restore.js';
import type { Cluster, ObjectRef } from '../../systems/kubernetes/cluster.js';
import { lookAtJob, type OperatorJob, unlessKnown } from '../operator/operator-job.js';

export interface MadeRestore {
  readonly cluster: Cluster;
  readonly ref: ObjectRef;
  readonly uid: string;
}

/** Removes a restore unless its Job has started. Its finalizer releases a lock that it may have taken. */
export const takeBack = async ({ cluster, ref, uid }: MadeRestore): Promise<'taken back' | 'still there' | 'begun'> => {
  try {
    const found = await cluster.get(ref);
    if (found === undefined) return 'taken back';
    // The restore may have begun since the last look.
    const now = readRestore(found);
    if (found.metadata.uid !== uid || outcomeOf(now) !== undefined) return 'still there';
    if (hasBegun(now) && (await lookAtJob(cluster, jobOf(ref))).started) return 'begun';
    await cluster.remove(ref, { timeoutMs: 30_000 });
    // It may also have begun right before its removal: its Job goes later, and may have sent something by then.
    return (await lookAtJob(cluster, jobOf(ref))).started ? 'begun' : 'taken back';
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return 'still there';
  }
};

/** The requested restore, if it was made: its requester got no answer. */
export const takeBackOurs = async (cluster: Cluster, ref: ObjectRef, wanted: RestoreObject): Promise<void> => {
  const found = await cluster.get(ref).catch(unlessKnown);
  if (found === undefined || !isSameRestore(found, wanted)) return;
  await takeBack({ cluster, ref, uid: found.metadata.uid ?? '' });
};

/**
 * A restore that no step watched to its end may still begin, for example after it gets a lock. Two restores must never run at
 * once, so it is taken back, or no other is requested.
 *
 * @throws KnownFailure `OperatorRestoreUnfinished`.
 */
export const assertOver = async (cluster: Cluster, ref: ObjectRef, signal: AbortSignal): Promise<void> => {
  const found = await cluster.get(ref, { signal });
  if (found === undefined || outcomeOf(readRestore(found)) !== undefined) return;
  if ((await takeBack({ cluster, ref, uid: found.metadata.uid ?? '' })) === 'taken back') return;
  throw new KnownFailure(
    'OperatorRestoreUnfinished',
    'An OpenBaoRestore of an earlier attempt has not ended, so no other was made: look at it, and at the target, before anything else.',
    { facts: { namespace: ref.namespace, name: ref.name } },
  );
};

/** The Job's name, as the operator chooses it. */
export const jobOf = ({ name, namespace = '' }: ObjectRef): OperatorJob => ({ namespace, name: `restore-${name}` });
