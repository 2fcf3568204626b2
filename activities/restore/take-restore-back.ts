/** A restore through the operator that has sent nothing yet can be taken back: nothing may restore behind a drill's back. */
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

/** Removes a restore unless its Job has started. Its finalizer gives a lock back that it may have taken. */
export const takeBack = async ({ cluster, ref, uid }: MadeRestore): Promise<'taken back' | 'still there' | 'begun'> => {
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

/** The one that was to be made, if it was: whoever asked for it did not hear. */
export const takeBackOurs = async (cluster: Cluster, ref: ObjectRef, wanted: RestoreObject): Promise<void> => {
  const found = await cluster.get(ref).catch(unlessKnown);
  if (found === undefined || !isSameRestore(found, wanted)) return;
  await takeBack({ cluster, ref, uid: found.metadata.uid ?? '' });
};

/**
 * One that nobody watched to its end may still begin: while it waits for a lock, say. Two of them must never be under way, so
 * it is taken back, or nothing else is asked for.
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

/** As the operator names it. */
export const jobOf = ({ name, namespace = '' }: ObjectRef): OperatorJob => ({ namespace, name: `restore-${name}` });
