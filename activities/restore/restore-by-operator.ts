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
import { thisRun } from '../holding.js';
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
  /** Passed to an operator that can check it before it restores. */
  readonly sourceClusterId?: string;
  readonly openbaoVersion?: string;
  /** Break-glass. Default: false. */
  readonly force?: boolean;
}

type RestoreByOperatorPorts = Pick<ActivityPorts, 'clusters' | 'lanes' | 'buckets'>;

/**
 * Makes one `OpenBaoRestore` and watches it to its end. The snapshot is read with the target's credential first, and has to be
 * the recorded one; an operator that can check digest and size gets them. The resource is named after the drill and the
 * attempt, so a repeated attempt finds it and goes on watching. A replacement of the operator's pod meanwhile does not matter.
 * A restore that could not begin is taken back, so that it cannot run unobserved.
 *
 * One release line of the operator always uses OpenBao's endpoint that does not check the seal, so the seal has to be proved
 * before.
 *
 * @throws KnownFailure `SnapshotChanged`: the object is not the one that was taken, or was replaced while it was restored.
 * @throws KnownFailure `OperatorRestoreDiffers`: an existing restore of this name asks for something else.
 * @throws KnownFailure `OperatorRestoreGone`: the resource was removed or replaced.
 * @throws KnownFailure `OperatorRestoreUnfinished`: a restore of an earlier attempt goes on, and could not be taken back.
 * @throws KnownFailure `OperatorLockHeld`: the restore waited in vain for a lock; it was taken back.
 * @throws KnownFailure `OperatorJobStuck`: the restore's Job does not start, or no operator makes one; it was taken back.
 * @throws KnownFailure `AdmissionRefused`, `KubernetesForbidden`: the cluster refuses the resource; nothing was restored.
 * @throws KnownFailure `RestoreOutcomeUnknown`: the deadline passed, or the restore began while it was taken back. Observe the
 *   target
 *   before anything else.
 */
export const createRestoreByOperator = (
  { clusters, lanes, buckets }: RestoreByOperatorPorts,
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
        // Reading a large snapshot takes long, and another worker may have taken this one for dead meanwhile.
        const held = await lanes.held(lane, thisRun(drillId));
        // Marks the target before the resource exists: after a later crash the target must not pass for fresh.
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

      // The operator has read the object itself, after this step verified it, or after an attempt whose worker is gone.
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
    // kubectl was ended: the server may have made the resource, and no step would watch it.
    if (signal.aborted) await takeBackOurs(cluster, ref, wanted);
    if (!isKnownFailure(error, 'KubernetesObjectExists')) throw error;
    // The answer was lost, or another worker made the resource for the same attempt.
    const found = await cluster.get(ref, { signal });
    if (found === undefined) throw error;
    return found;
  }
};

const replaced = (key: string): KnownFailure =>
  new KnownFailure(
    'SnapshotChanged',
    'The object in the bucket was replaced while the operator restored it, so the restored content is unknown: find out ' +
      'by whom, and build the target anew.',
    { facts: { key } },
  );
