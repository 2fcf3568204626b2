/**
 * Fences and disasters of a side. Both are in the lane's record, so that no repair of the lane opens a side that a drill has
 * shut, and a repeated step answers the time of the first.
 */
import type { Fenced, Lost } from '../../../activities/ports/lane-facets.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import { ensureEdge, writeEdgeRoutes } from './edges.js';
import type { ComposeLaneContext } from './lane-context.js';
import { ensureServer } from './servers.js';

/** Shuts a side's edge. Once the old edge has ended it stays shut, even if the new one cannot be started. */
export const fenceSide = async (context: ComposeLaneContext, side: PairSide): Promise<Fenced> => {
  const fencedAt = context.record.fenced?.[side] ?? (await cutEdge(context, side));
  await followRecord(context, side);
  return { fencedAt };
};

export const liftFenceOfSide = async (context: ComposeLaneContext, side: PairSide): Promise<void> => {
  await context.recordFile.update(({ fenced }) => {
    delete fenced?.[side];
  });
  await followRecord(context, side);
};

/** The time is recorded before the kill: a repetition after a crash kills what still runs, and answers the first time. */
export const loseSide = async (context: ComposeLaneContext, side: PairSide): Promise<Lost> => {
  const { record, recordFile, containers, signal } = context;
  const lostAt = record.lost?.[side] ?? new Date().toISOString();
  await recordFile.update((current) => {
    current.lost = { ...current.lost, [side]: lostAt };
  });
  await containers.kill(side, signal);
  await fenceSide(context, side);
  return { lostAt };
};

export const recoverSide = async (context: ComposeLaneContext, side: PairSide): Promise<void> => {
  await ensureServer(context, side);
  await context.recordFile.update(({ fenced, lost }) => {
    delete fenced?.[side];
    delete lost?.[side];
  });
  await followRecord(context, side);
};

/**
 * Ends the edge and whatever still passes through it: Traefik would leave open connections with the server they lead to,
 * whatever its routes say. It is killed, as it would give them another second.
 *
 * @returns when that was over: nothing passed from then on.
 */
const cutEdge = async (context: ComposeLaneContext, side: PairSide): Promise<string> => {
  // First of all: an edge that is started meanwhile must not come up with the old routes.
  await writeEdgeRoutes(context, side, []);
  await context.containers.kill(`edge-${side}`, context.signal);
  const fencedAt = new Date().toISOString();
  await context.recordFile.update((current) => {
    current.fenced = { ...current.fenced, [side]: fencedAt };
  });
  return fencedAt;
};

const followRecord = async (context: ComposeLaneContext, side: PairSide): Promise<void> => {
  const record = (await context.recordFile.read()) ?? context.record;
  await ensureEdge({ ...context, record }, side);
};
