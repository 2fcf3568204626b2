/** Marks in Kubernetes what is a lane's, so that it neither takes over nor removes what is somebody else's. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../systems/kubernetes/cluster.js';
import type { LaneContext } from './lane-context.js';

export const laneLabel = 'openbao-dr/lane';

/** Selects what is this lane's. */
export const laneSelector = ({ id }: Pick<LaneContext, 'id'>): string => `${laneLabel}=${id}`;

export const isOurs = ({ id }: Pick<LaneContext, 'id'>, object: KubernetesObject): boolean =>
  object.metadata.labels?.[laneLabel] === id;

type Owner = Pick<LaneContext, 'id' | 'lane' | 'signal'>;

const labelled = ({ id }: Pick<LaneContext, 'id'>, object: KubernetesObject): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, [laneLabel]: id } },
});

/**
 * Applies a manifest as this lane's, its namespaces first. Fields that somebody has changed by hand are set back. What is as it
 * should be stays untouched.
 *
 * @throws KnownFailure `LaneObjectsTaken`: a namespace of it is there and not this lane's.
 */
export const applyOwn = async (
  owner: Owner,
  cluster: Cluster,
  objects: readonly KubernetesObject[],
): Promise<readonly KubernetesObject[]> => {
  const { signal } = owner;
  for (const { metadata, ...rest } of objects.filter(({ kind }) => kind === 'Namespace')) {
    const found = await cluster.get({ kind: 'namespaces', name: metadata.name }, { signal });
    if (found !== undefined && !isOurs(owner, found)) throw taken(owner, cluster, `namespace ${metadata.name}`);
    await cluster.apply([labelled(owner, { metadata, ...rest })], { force: true, signal });
  }
  return cluster.apply(
    objects.filter(({ kind }) => kind !== 'Namespace').map((object) => labelled(owner, object)),
    { force: true, signal },
  );
};

/** Makes a namespace as this lane's; one that is there stays whose it is. */
export const ensureNamespace = async (owner: Owner, cluster: Cluster, namespace: KubernetesObject): Promise<void> => {
  const { signal } = owner;
  const ref = { kind: 'namespaces', name: namespace.metadata.name };
  if ((await cluster.get(ref, { signal })) !== undefined) return;
  await cluster.apply([labelled(owner, namespace)], { signal });
};

/**
 * @returns the object, if this lane has made it.
 * @throws KnownFailure `LaneObjectsTaken`: it is somebody else's.
 */
export const getOwn = async (owner: Owner, cluster: Cluster, ref: ObjectRef): Promise<KubernetesObject | undefined> => {
  const found = await cluster.get(ref, { signal: owner.signal });
  if (found === undefined || isOurs(owner, found)) return found;
  throw taken(owner, cluster, `${found.kind} ${ref.name}`);
};

const taken = ({ lane }: Owner, cluster: Cluster, what: string): KnownFailure =>
  new KnownFailure(
    'LaneObjectsTaken',
    `Lane ${lane} did not make ${what}, which is in its place: remove it if nobody needs it, or use other clusters`,
    { facts: { context: cluster.context } },
  );
