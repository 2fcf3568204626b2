import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure, KnownFailure } from '../../domain/known-failure.js';
import { operatorKinds } from '../../systems/openbao-operator/objects.js';
import {
  etagOf,
  expectationsIn,
  isSameRestore,
  restoreName,
  type RestoreObject,
  restoreObject,
  withEtag,
} from '../../systems/openbao-operator/restore.js';
import type { OperatorRestore, Snapshot } from '../../domain/report/report.js';
import type { Bucket, TargetSite } from '../../domain/pair/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../systems/kubernetes/cluster.js';
import { verifyContent } from '../../systems/openbao/transfer/expected-content.js';
import { operatorOf, readClusterObject } from '../operator/operator-site.js';
import { heldLane } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { assertOver, takeBackOurs } from './take-restore-back.js';
import { differs, type WatchRestoreOptions, watchRestore } from './watch-restore.js';

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

type RestoreByOperatorPorts = Pick<ActivityPorts, 'clusters' | 'lanes' | 'reservations' | 'buckets'>;

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
  { clusters, lanes, reservations, buckets }: RestoreByOperatorPorts,
  {
    deadlineMs = 75 * 60_000,
    intervalMs = 2_000,
    lockPatienceMs = 60_000,
    startPatienceMs = 180_000,
    goneAfterMs = 15_000,
  }: WatchRestoreOptions = {},
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
      const make = async (): Promise<KubernetesObject> => {
        const found = await cluster.get(ref, { signal });
        if (found !== undefined) return found;
        const { body, etag } = await store.download({ key: snapshot.key, signal });
        await verifyContent(body, snapshot);
        // Reading took as long as the snapshot is large, and this worker may have been thought dead meanwhile.
        const held = await heldLane({ lanes, reservations }, { lane, drillId });
        // Before the resource is there: after a crash at any later point the target must not pass for fresh.
        await held.target.markUsed(drillId, signal);
        return create(cluster, ref, withEtag(wanted, etag), signal);
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

      // The operator has read the object by itself, after it was verified here, or by an attempt whose worker is gone.
      const etag = etagOf(made);
      if (etag !== undefined && (await store.head(snapshot.key))?.etag !== etag) throw replaced(snapshot.key);
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

const replaced = (key: string): KnownFailure =>
  new KnownFailure(
    'SnapshotChanged',
    'The object in the bucket was replaced while the operator restored it, so nobody can say what was restored: find out ' +
      'by whom, and build the target anew.',
    { facts: { key } },
  );
