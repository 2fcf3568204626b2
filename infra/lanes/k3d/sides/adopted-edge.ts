/**
 * An edge that was there before the lane. A drill fences a side by taking its edge away, and gives it back as it was: so nobody
 * else may go through it.
 */
import { KnownFailure } from '../../../../domain/known-failure.js';
import { listAt, numberAt, valueAt } from '../../../../domain/fields.js';
import type { PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster, ObjectRef } from '../../../../systems/kubernetes/cluster.js';
import { isShut } from '../../made/record/lane-sides.js';
import { currentRecord, type LaneContext } from '../lane-context.js';
import { edge, edgeNamespace } from '../names.js';
import { isOurs } from '../objects/own-objects.js';

const deployment: ObjectRef = { kind: 'deployments.apps', name: edge.deployment, namespace: edgeNamespace };

/** What an edge can have routes of. */
export const routeKinds = ['tlsroutes', 'httproutes', 'grpcroutes'].map(
  (plural) => `${plural}.gateway.networking.k8s.io`,
);

const isAdopted = ({ options }: Pick<LaneContext, 'options'>): boolean => options.adopt.includes('gateway');

/**
 * Makes sure that a side's edge serves this lane alone, if it is an adopted one. Nothing is changed.
 *
 * @throws KnownFailure `EdgeShared`: it looks for routes in other namespaces as well, or there are routes that are not the lane's.
 */
export const assertNotShared = async (context: LaneContext, cluster: Cluster): Promise<void> => {
  if (!isAdopted(context)) return;
  const { signal } = context;
  const found = await cluster.get(deployment, { signal });
  const containers = listAt(found, 'spec', 'template', 'spec', 'containers');
  const args = containers.flatMap((container) => listAt(container, 'args')).map((arg) => String(arg).toLowerCase());
  if (!looksHereAlone(args)) throw shared(cluster, 'does not keep to routes of its own namespace');
  const routes = await Promise.all(routeKinds.map((kind) => cluster.list(kind, { namespace: edgeNamespace, signal })));
  const [other] = routes.flat().filter((route) => !isOurs(context, route));
  if (other !== undefined)
    throw shared(cluster, `carries the ${other.kind} ${other.metadata.name}, which is not the lane's`);
};

/** As manifests/edge.yaml tells Traefik. */
const looksHereAlone = (args: readonly string[]): boolean =>
  args.includes(`--providers.kubernetesgateway.namespaces=${edgeNamespace}`) &&
  args.every(
    (arg) => !arg.startsWith('--providers.') || /^--providers\.(kubernetesgateway|file|providersthrottle)/.test(arg),
  );

/** Remembers how many pods an adopted edge has, before it is left none. */
export const noteReplicas = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  if (!isAdopted(context)) return;
  const replicas = numberAt(await cluster.get(deployment, { signal: context.signal }), 'spec', 'replicas') ?? 1;
  if (replicas === 0) return;
  await context.recordFile.update((record) => {
    record.edgeReplicas = { ...record.edgeReplicas, [side]: replicas };
  });
};

/** Whether it is an adopted edge that nobody has shut: a fence is lifted also where it never came to be. */
export const isOpenAnyway = async (context: LaneContext, cluster: Cluster): Promise<boolean> => {
  if (!isAdopted(context)) return false;
  return numberAt(await cluster.get(deployment, { signal: context.signal }), 'spec', 'replicas') !== 0;
};

/** How many pods a side's edge has when it is open: one, unless an adopted one had more. */
export const replicasOf = async (context: LaneContext, side: PairSide): Promise<number> =>
  (await currentRecord(context)).edgeReplicas?.[side] ?? 1;

/** When the lane goes while a side is shut: what was adopted is left as it was found. */
export const giveEdgeBack = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { signal, progress } = context;
  if (!isAdopted(context) || !isShut(await currentRecord(context), side)) return;
  if (valueAt(await cluster.get(deployment, { signal }), 'spec', 'replicas') !== 0) return;
  await cluster.scale(deployment, await replicasOf(context, side), { signal });
  progress(`${side}: its edge, which was there before the lane, is open again`);
};

const shared = (cluster: Cluster, why: string): KnownFailure =>
  new KnownFailure(
    'EdgeShared',
    `The edge in namespace ${edgeNamespace} ${why}, and a drill fences a side by taking its edge away: give the side an edge of its own from infra/lanes/k3d/manifests/edge.yaml, or leave 'gateway' out of 'adopt'`,
    { facts: { context: cluster.context } },
  );
