/** Takes a k3d lane away: clusters that it made as a whole, and from others exactly what carries its mark. */
import type { TeardownOptions } from '../../../activities/ports/lane-facets.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import type { Cluster, KubernetesObject } from '../../../systems/kubernetes/cluster.js';
import { settleAll } from '../../../systems/waiting/settle-all.js';
import { giveEdgeBack } from './sides/adopted-edge.js';
import { removeGatewayDefinitions } from './sides/gateway-definitions.js';
import { clusterOf, currentRecord, type LaneContext } from './lane-context.js';
import { removeCluster } from './parts/make-cluster.js';
import { removeNetwork } from './parts/make-network.js';
import { removeOpenBao } from './parts/make-openbao.js';
import { removeOperator } from './parts/remove-operator.js';
import { removeStorage } from './parts/make-storage.js';
import { pairSides } from '../made/record/lane-sides.js';
import { clientsNamespace, edgeNamespace, infraNamespace, sideName } from './names.js';
import { assertAllInReach, findOutOfReach, type OutOfReach, tellWhatIsLeft } from './objects/out-of-reach.js';
import { isOurs, laneSelector } from './objects/own-objects.js';
import { clusterRef } from './sides/side-server.js';

/** Kinds the lane puts into namespaces that are not its own. */
const inNamespaces = ['tlsroutes.gateway.networking.k8s.io', 'endpointslices.discovery.k8s.io', 'services', 'secrets'];

/** Kinds it puts beside namespaces. */
const besideNamespaces = [
  'gatewayclasses.gateway.networking.k8s.io',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'clusterroles.rbac.authorization.k8s.io',
];

/**
 * Source, target and the edges before them. Infra and the bucket stay.
 *
 * @throws KnownFailure `ClusterOutOfReach`: an adopted cluster is gone. Nothing has been removed then.
 */
export const removePair = async (context: LaneContext): Promise<void> => {
  assertAllInReach(context, await findOutOfReach(context));
  await removePairBut(context, new Map());
};

/** All of it. @throws as {@link removePair}, unless what was in clusters that are gone is to be forgotten: then that is told. */
export const removeAll = async (context: LaneContext, { forgetMissing = false }: TeardownOptions): Promise<void> => {
  const outOfReach = await findOutOfReach(context);
  if (!forgetMissing) assertAllInReach(context, outOfReach);
  await tellWhatIsLeft(context, outOfReach);
  await removePairBut(context, outOfReach);
  if (!outOfReach.has('infra')) await removeInfra(context);
  await unlessForgotten(context, forgetMissing, 'the bucket', () => removeStorage(context));
  await unlessForgotten(context, forgetMissing, 'the network', () => removeNetwork(context));
};

/** An engine that is gone for good is like a cluster that is: what was there is forgotten if that is asked for, and named. */
const unlessForgotten = async (
  { lane, progress }: LaneContext,
  forgetMissing: boolean,
  what: string,
  remove: () => Promise<void>,
): Promise<void> => {
  try {
    await remove();
  } catch (error) {
    if (!isKnownFailure(error, 'DockerUnreachable')) throw error;
    if (forgetMissing) return progress(`${what}: left to the Docker engine, which does not answer`);
    throw new KnownFailure(
      'DockerUnreachable',
      `Lane ${lane} cannot be removed, for Docker does not answer and may have ${what} of it: start it, or have that forgotten with "openbao-dr down ${lane} --forget-missing"`,
      { retryable: true },
    );
  }
};

const removePairBut = async (context: LaneContext, outOfReach: OutOfReach): Promise<void> => {
  await settleAll([
    ...pairSides.filter((side) => !outOfReach.has(side)).map((side) => removeSide(context, side)),
    ...(outOfReach.has('infra') ? [] : [removeClientsEdge(context)]),
  ]);
  await context.recordFile.update((record) => {
    for (const part of Object.keys(record.parts)) {
      if (/-(source|target)$/.test(part) || part === 'gateway-clients') delete record.parts[part];
    }
    record.ready = record.ready.filter((site) => site === 'infra');
    record.gatewayDefinitions = record.gatewayDefinitions.filter((site) => site === 'infra');
    record.clientsAt = 'source';
    delete record.fenced;
    delete record.lost;
    delete record.lossOf;
    delete record.targetUsedBy;
  });
};

const removeSide = async (context: LaneContext, side: PairSide): Promise<void> => {
  if (!context.options.adopt.includes('clusters')) return removeCluster(context, side);
  const { parts } = await currentRecord(context);
  if (parts[`cluster-${side}`] === undefined) return;
  const cluster = await clusterOf(context, side);
  const edgeGone = removeFromNamespace(context, cluster, edgeNamespace);
  const serverGone = removeServer(context, cluster, side).then(() =>
    removeFromNamespace(context, cluster, sideName(side)),
  );
  await settleAll([edgeGone, serverGone]);
  await giveEdgeBack(context, cluster, side);
  await removeOperator(context, side);
  await removeBeside(context, cluster);
  await removeGatewayDefinitions(context, side);
  context.progress(`${side}: removed from ${cluster.context}`);
};

const removeServer = async (context: LaneContext, cluster: Cluster, side: PairSide): Promise<void> => {
  const { signal } = context;
  const { parts } = await currentRecord(context);
  // Whatever is there is not this lane's, which made sure of that before it made its own.
  if (parts[`openbao-${side}`] === undefined) return;
  const found = await cluster.get(clusterRef(side), { signal });
  if (found !== undefined && !isOurs(context, found)) return;
  // A removal that was cut short may have left the volume.
  if (found === undefined) return removeOpenBao(context, cluster, side);
  try {
    await removeOpenBao(context, cluster, side);
  } catch (error) {
    if (!isKnownFailure(error, 'TimedOut')) throw error;
    // Nobody is left to finish its removal: an operator that is gone, or that cannot.
    context.progress(`${side}: its operator does not finish the removal, which is done without it`);
    await cluster.patch(clusterRef(side), { metadata: { finalizers: null } }, { signal });
    await removeOpenBao(context, cluster, side);
  }
};

const removeClientsEdge = async (context: LaneContext): Promise<void> => {
  const { parts } = await currentRecord(context);
  if (parts['gateway-clients'] === undefined || parts['cluster-infra'] === undefined) return;
  const cluster = await clusterOf(context, 'infra');
  await removeFromNamespace(context, cluster, clientsNamespace);
  await removeBeside(context, cluster, ({ metadata }) => metadata.name === clientsNamespace);
};

const removeInfra = async (context: LaneContext): Promise<void> => {
  if (!context.options.adopt.includes('clusters')) return removeCluster(context, 'infra');
  if ((await currentRecord(context)).parts['cluster-infra'] === undefined) return;
  const cluster = await clusterOf(context, 'infra');
  const namespaces = [infraNamespace, edgeNamespace];
  await settleAll(namespaces.map((namespace) => removeFromNamespace(context, cluster, namespace)));
  await removeBeside(context, cluster);
  await removeGatewayDefinitions(context, 'infra');
  context.progress(`infra: removed from ${cluster.context}`);
};

/** The namespace with all that is in it, if the lane made it; else what carries its mark. */
const removeFromNamespace = async (context: LaneContext, cluster: Cluster, name: string): Promise<void> => {
  const { signal } = context;
  const namespace = await cluster.get({ kind: 'namespaces', name }, { signal });
  if (namespace === undefined) return;
  if (isOurs(context, namespace)) {
    return cluster.remove({ kind: 'namespaces', name }, { timeoutMs: 180_000, signal });
  }
  for (const kind of inNamespaces) {
    for (const { metadata } of await cluster.list(kind, { namespace: name, selector: laneSelector(context), signal })) {
      await cluster.remove({ kind, name: metadata.name, namespace: name }, { signal });
    }
  }
};

/** An edge's are called as its namespace. */
const removeBeside = async (
  context: LaneContext,
  cluster: Cluster,
  which: (object: KubernetesObject) => boolean = () => true,
): Promise<void> => {
  const { signal } = context;
  for (const kind of besideNamespaces) {
    const ours = await cluster.list(kind, { selector: laneSelector(context), signal });
    for (const { metadata } of ours.filter(which)) await cluster.remove({ kind, name: metadata.name }, { signal });
  }
};
