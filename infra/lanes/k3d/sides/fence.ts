/** The fence of a side: its edge has no pods, and what passed through them has ended with them. */
import { isKnownFailure } from '../../../../domain/known-failure.js';
import { numberAt } from '../../../../domain/fields.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import { askForName } from '../../../../systems/edge/ask-for-name.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { clusterOf, type LaneContext } from '../lane-context.js';
import { edgeNamespaceOf } from '../names.js';
import { assertNotShared, isOpenAnyway, noteReplicas, replicasOf } from './adopted-edge.js';
import { deploymentOf, edgeFromHere, edgePods, edgeReady } from './edges.js';
import { gone } from './side-server.js';

/**
 * Ends the edge and whatever still passes through it: Traefik would leave open connections with the server they lead to,
 * whatever its routes say. It takes a second to end, and its connections end with it: only when its pod is gone is it cut.
 */
export const cutEdge = async (context: LaneContext, side: PairSide): Promise<void> => {
  const { signal } = context;
  const cluster = await clusterOf(context, side);
  await assertNotShared(context, cluster);
  const address = await edgeFromHere(context, side);
  await noteReplicas(context, cluster, side);
  await cluster.scale(deploymentOf(side), 0, { signal });
  await gone(context, cluster, { namespace: edgeNamespaceOf(side), ...edgePods }, `the edge of ${side}`);
  await waitUntil(async () => ((await answersAt(address, side)) === 'refused' ? true : undefined), {
    what: `the edge of ${side} to refuse`,
    timeoutMs: 30_000,
    intervalMs: 25,
    signal,
  });
};

/** Cuts the edge again where something has given it pods, or it answers all the same. */
export const keepEdgeShut = async (context: LaneContext, side: PairSide): Promise<void> => {
  const cluster = await clusterOf(context, side);
  const deployment = await cluster.get(deploymentOf(side), { signal: context.signal });
  if (numberAt(deployment, 'spec', 'replicas') === 0) {
    if ((await answersAt(await edgeFromHere(context, side), side)) === 'refused') return;
  }
  await cutEdge(context, side);
};

export const openEdge = async (context: LaneContext, side: PairSide): Promise<void> => {
  const { signal } = context;
  const cluster = await clusterOf(context, side);
  if (!(await isOpenAnyway(context, cluster))) {
    await cluster.scale(deploymentOf(side), await replicasOf(context, side), { signal });
  }
  await edgeReady(context, cluster, side);
  const address = await edgeFromHere(context, side);
  try {
    await waitUntil(async () => ((await answersAt(address, side)) === 'answered' ? true : undefined), {
      what: `the edge of ${side} to let its server answer`,
      timeoutMs: 30_000,
      intervalMs: 50,
      signal,
    });
  } catch (error) {
    // It is open: that the server behind it does not answer is no matter of the edge's.
    if (!isKnownFailure(error, 'TimedOut')) throw error;
  }
};

const answersAt = async (address: string, side: PairSide): Promise<'answered' | 'refused' | 'silent'> =>
  (await askForName({ address, serverName: baseline.hosts[side], timeoutMs: 2_000 })).outcome;
