/** The `OpenBaoCluster` that an operator looks after, as it was read, and what the operator writes into its status. */
import { valueAt } from '../../../domain/fields.js';
import { lockOf, type OperationLock } from '../../../systems/openbao-operator/lock.js';
import { operatorKinds, serviceAccountOf } from '../../../systems/openbao-operator/objects.js';
import type { Cluster, KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import { type Component, jobLabels } from './jobs/jobs.js';

export interface OwnCluster {
  /** As it was read, or as the last write has left it. */
  object(): KubernetesObject;
  lock(): OperationLock | undefined;
  /** `undefined` when somebody has removed it. */
  backupStatus(): Readonly<Record<string, unknown>> | undefined;
  /**
   * Merges this into the status. The lock is in there: nobody may have changed anything since it was read.
   *
   * @throws KnownFailure `KubernetesConflict`.
   */
  write(status: Readonly<Record<string, unknown>>): Promise<void>;
}

export const ownCluster = (cluster: Cluster, read: KubernetesObject): OwnCluster => {
  let object = read;
  return {
    object: () => object,
    lock: () => lockOf(object),
    backupStatus: () => valueAt(object, 'status', 'backup') as Record<string, unknown> | undefined,
    async write(status) {
      const { name, namespace = '', resourceVersion } = object.metadata;
      const ref = { kind: operatorKinds.clusters, name, namespace };
      object = await cluster.patch(ref, { metadata: { resourceVersion }, status }, { subresource: 'status' });
    },
  };
};

export const isJobOf = ({ metadata }: KubernetesObject, cluster: string, component: Component): boolean =>
  Object.entries(jobLabels(cluster, component)).every(([label, value]) => metadata.labels?.[label] === value);

/** The operator makes the account of a kind of Job when it first needs it. */
export const ensureAccount = async (
  cluster: Cluster,
  { namespace, cluster: name, component }: { namespace: string; cluster: string; component: Component },
): Promise<void> => {
  const account = serviceAccountOf(name, component);
  if ((await cluster.get({ kind: 'serviceaccounts', name: account, namespace })) !== undefined) return;
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } });
};
