/**
 * Fences and disasters of a side. Both are in the lane's record, so that no repair of the lane opens a side that a drill has
 * shut, and a repeated step answers the time of the first.
 */
import type { Fenced, Lost } from '../../../activities/ports/lane-facets.js';
import type { Materials } from '../../../activities/ports/materials.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import { writeRoutes } from '../../../systems/edge/traefik-edge.js';
import { acceptsConnections } from '../../../systems/processes/accepts-connections.js';
import type { ToolBox } from '../../../systems/tools/index.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { ensureEdge, startEdge } from './edges.js';
import type { LanePaths } from './lane-paths.js';
import type { LaneRecord, LaneRecordFile } from './lane-record.js';
import { ensureServer } from './set-up-server.js';
import { isShut } from '../made/lane-sides.js';
import type { Supervisor } from '../made/processes/supervisor.js';

export interface FenceContext {
  readonly paths: LanePaths;
  readonly recordFile: LaneRecordFile;
  readonly supervisor: Supervisor;
  readonly materials: Materials;
  readonly tools: ToolBox;
  /** As the lane's lock holder has just read it. */
  readonly record: LaneRecord;
  readonly signal?: AbortSignal | undefined;
}

/** Shuts a side's edge: from then on there is none, which refuses as one without routes does. */
export const fenceSide = async (context: FenceContext, side: PairSide): Promise<Fenced> => ({
  fencedAt: context.record.fenced?.[side] ?? (await cutEdge(context, side)),
});

/** Starts the edge of a fenced side anew, without its routes: the start of a program is the longest part of lifting a fence. */
export const standBySide = async ({ recordFile, tools, ...context }: FenceContext, side: PairSide): Promise<void> => {
  const record = await recordFile.existing();
  if (!isShut(record, side)) return;
  const { path } = await tools.ensure('traefik');
  await startEdge({ ...context, record, traefik: path }, side);
};

export const liftFenceOfSide = async (context: FenceContext, side: PairSide): Promise<void> => {
  await context.recordFile.update(({ fenced }) => {
    delete fenced?.[side];
  });
  await followRecord(context, side);
};

/** The time is recorded before the kill: a repetition after a crash kills what still runs, and answers the first time. */
export const loseSide = async (context: FenceContext, side: PairSide): Promise<Lost> => {
  const { record, recordFile, supervisor } = context;
  const lostAt = record.lost?.[side] ?? new Date().toISOString();
  await recordFile.update((current) => {
    current.lost = { ...current.lost, [side]: lostAt };
  });
  await supervisor.kill(`bao-${side}`);
  await fenceSide(context, side);
  return { lostAt };
};

export const recoverSide = async (context: FenceContext, side: PairSide): Promise<void> => {
  const { recordFile, tools } = context;
  const { path } = await tools.ensure('bao');
  await ensureServer({ ...context, bao: path }, recordFile, side, () => undefined);
  await recordFile.update(({ fenced, lost }) => {
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
const cutEdge = async ({ paths, record, recordFile, supervisor }: FenceContext, side: PairSide): Promise<string> => {
  // First of all: an edge that is started meanwhile must not come up with the old routes.
  await writeRoutes(paths.edge(side).routes, []);
  await supervisor.kill(`edge-${side}`);
  // Its sockets are the last of a process to go, and the one it listens on goes with the others.
  await waitUntil(async () => ((await acceptsConnections(record.ports.edges[side])) ? undefined : true), {
    what: `the edge of ${side} to be gone from its port`,
    timeoutMs: 10_000,
    intervalMs: 5,
  });
  const fencedAt = new Date().toISOString();
  await recordFile.update((current) => {
    current.fenced = { ...current.fenced, [side]: fencedAt };
  });
  return fencedAt;
};

const followRecord = async ({ recordFile, tools, ...context }: FenceContext, side: PairSide): Promise<void> => {
  const { path } = await tools.ensure('traefik');
  await ensureEdge({ ...context, record: (await recordFile.read()) ?? context.record, traefik: path }, side);
};
