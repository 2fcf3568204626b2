/** Marks in Kubernetes what is a lane's, so that it neither takes over nor removes what is somebody else's. */
import { KnownFailure } from '../../../../domain/known-failure.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../../../systems/kubernetes/cluster.js';
import type { LaneContext } from '../lane-context.js';

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
 * @throws KnownFailure `LaneObjectsTaken`: a namespace of it is there and not this lane's, or anything else of it that is not in
 * a namespace of this lane. Nothing is applied then, but for namespaces.
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
  const others = objects.filter(({ kind }) => kind !== 'Namespace');
  await assertNotTaken(owner, cluster, others);
  return cluster.apply(
    others.map((object) => labelled(owner, object)),
    { force: true, signal },
  );
};

/** Everything in a namespace of ours is ours. Elsewhere a name may be somebody else's, and forced upon it would be lost. */
const assertNotTaken = async (owner: Owner, cluster: Cluster, objects: readonly KubernetesObject[]): Promise<void> => {
  const { signal } = owner;
  const names = [...new Set(objects.flatMap(({ metadata: { namespace } }) => namespace ?? []))];
  const namespaces = await Promise.all(names.map((name) => cluster.get({ kind: 'namespaces', name }, { signal })));
  const ours = new Set(namespaces.flatMap((found) => (found && isOurs(owner, found) ? [found.metadata.name] : [])));
  const elsewhere = objects.filter(({ metadata: { namespace } }) => namespace === undefined || !ours.has(namespace));
  await Promise.all(elsewhere.map((object) => getOwn(owner, cluster, refOf(object))));
};

const refOf = ({ apiVersion, kind, metadata: { name, namespace } }: KubernetesObject): ObjectRef => ({
  kind: resourceOf(apiVersion, kind),
  name,
  ...(namespace === undefined ? {} : { namespace }),
});

/** `endpointslices.discovery.k8s.io` of an `EndpointSlice`: all that a lane makes have plurals as English has them. */
const resourceOf = (apiVersion: string, kind: string): string => {
  const word = kind.toLowerCase();
  const plural = word.endsWith('s') ? `${word}es` : /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
  return apiVersion.includes('/') ? `${plural}.${apiVersion.split('/')[0] ?? ''}` : plural;
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
