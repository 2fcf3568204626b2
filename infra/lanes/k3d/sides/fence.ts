/**
 * Fences and disasters of a side. Both are in the lane's record, so that no repair of the lane opens a side that a drill has
 * shut, and a repeated step answers the time of the first.
 */
import { isKnownFailure } from '../../../../domain/known-failure.js';
import type { Fenced, Lost } from '../../../../activities/ports/lane-facets.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import { askForName } from '../../../../systems/edge/ask-for-name.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { assertNotShared, isOpenAnyway, noteReplicas, replicasOf } from './adopted-edge.js';
import { deploymentOf, edgeFromHere, edgePods, edgeReady } from './edges.js';
import { clusterOf, currentRecord, type LaneContext } from '../lane-context.js';
import { edgeNamespaceOf } from '../names.js';
import { killServer } from './kill-server.js';
import { gone, serverActive, startServer } from './side-server.js';

/** Shuts a side's edge. */
export const fenceSide = async (context: LaneContext, side: PairSide): Promise<Fenced> => {
  const known = (await currentRecord(context)).fenced?.[side];
  await cutEdge(context, side);
  if (known !== undefined) return { fencedAt: known };
  const fencedAt = new Date().toISOString();
  await context.recordFile.update((record) => {
    record.fenced = { ...record.fenced, [side]: fencedAt };
  });
  return { fencedAt };
};

/** That of a lost side stays shut. */
export const liftFenceOfSide = async (context: LaneContext, side: PairSide): Promise<void> => {
  const { lost } = await context.recordFile.update(({ fenced }) => {
    delete fenced?.[side];
  });
  if (lost?.[side] === undefined) await openEdge(context, side);
};

/**
 * The time is recorded before the end: a repetition after a crash ends what still runs, and answers the first time, and how the
 * server ended then.
 */
export const loseSide = async (context: LaneContext, side: PairSide): Promise<Lost> => {
  const { recordFile } = context;
  const known = await currentRecord(context);
  let lostAt = known.lost?.[side];
  const isRepetition = lostAt !== undefined;
  const ended = await killServer(context, side, async () => {
    lostAt ??= new Date().toISOString();
    await recordFile.update((record) => {
      record.lost = { ...record.lost, [side]: lostAt };
      // Of a loss before this one.
      if (!isRepetition) delete record.lossOf?.[side];
    });
  });
  const how = (isRepetition ? known.lossOf?.[side] : undefined) ?? ended;
  await recordFile.update((record) => {
    record.lossOf = { ...record.lossOf, [side]: how };
  });
  await fenceSide(context, side);
  return { lostAt: lostAt ?? new Date().toISOString(), how };
};

export const recoverSide = async (context: LaneContext, side: PairSide): Promise<void> => {
  await startServer(context, side);
  await context.recordFile.update(({ fenced, lost, lossOf }) => {
    delete fenced?.[side];
    delete lost?.[side];
    delete lossOf?.[side];
  });
  await openEdge(context, side);
  await serverActive(context, side);
};

/**
 * Ends the edge and whatever still passes through it: Traefik would leave open connections with the server they lead to,
 * whatever its routes say. It takes a second to end, and its connections end with it: only when its pod is gone is it cut.
 */
const cutEdge = async (context: LaneContext, side: PairSide): Promise<void> => {
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

const openEdge = async (context: LaneContext, side: PairSide): Promise<void> => {
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
