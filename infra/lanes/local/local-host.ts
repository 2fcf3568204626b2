/** How the processes of a local lane are started, ended and turned. */
import { rm } from 'node:fs/promises';
import type { Progress, ProvisionRequest } from '../../../activities/ports/provisioning.js';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { removeStorageLeftovers } from '../made/processes/storage.js';
import { pairSides } from '../made/record/lane-sides.js';
import type { Change, LaneHost } from '../made/shell/lane-host.js';
import { buildLane, type LaneBuilder } from './build-lane.js';
import { cutEdge, ensureEdge, pointClientsEdgeAt, startEdge } from './edges.js';
import type { LaneRecord } from './lane-record.js';
import { ensureServer, wipeServer } from './set-up-server.js';
import { startServer } from './start-server.js';
import { describeTopology, edgesOfPair } from './topology.js';

const mostPortRaces = 3;
const silent: Progress = () => undefined;

export const createLocalHost = (builder: LaneBuilder): LaneHost<LaneRecord, Change<LaneRecord>> => {
  const { name, paths, recordFile, supervisor, materials, tools } = builder;

  /** The record as it is now: an edge is started with the routes that it asks for. */
  const withTraefik = async ({ signal }: Change<LaneRecord>) => {
    const { path: traefik } = await tools.ensure('traefik');
    return { paths, supervisor, traefik, signal, record: await recordFile.existing() };
  };
  const withBao = async ({ record, signal }: Change<LaneRecord>) => {
    const { path: bao } = await tools.ensure('bao');
    return { paths, materials, supervisor, record, bao, signal };
  };

  const removeAll = async (record: LaneRecord | undefined): Promise<void> => {
    await supervisor.stopAll();
    if (record !== undefined) await removeStorageLeftovers(record);
  };

  /**
   * Free ports are chosen before their servers start: another program may be quicker. A lane that is new can move. A
   * server that ended at once may have lost its port after the last look at it: worth one more try.
   */
  const build = async (request: ProvisionRequest, progress: Progress, signal: AbortSignal): Promise<void> => {
    let endedEarly = false;
    for (let race = 1; ; race += 1) {
      const isNew = (await recordFile.read()) === undefined;
      try {
        return await buildLane(builder, request, progress, signal);
      } catch (error) {
        const made = await recordFile.read();
        const lostPort = isKnownFailure(error, 'PortInUse');
        const mayHaveLostPort: boolean = endedAtOnce(error) && !endedEarly;
        if (!isNew || made === undefined || !(lostPort || mayHaveLostPort) || race === mostPortRaces) throw error;
        signal.throwIfAborted();
        endedEarly ||= mayHaveLostPort;
        progress(
          lostPort
            ? `lane ${name}: another program took one of its ports, choosing others`
            : `lane ${name}: a server did not come up, trying again on other ports`,
        );
        await removeAll(made);
        await rm(paths.folder, { recursive: true, force: true });
      }
    }
  };

  return {
    open: async (change) => change,
    async build(request, progress, signal) {
      await build(request, progress, signal);
      return describeTopology(await recordFile.existing(), paths);
    },
    askedPair: async (record) => edgesOfPair(record),
    cutEdge: ({ record }, side) => cutEdge({ paths, record, supervisor }, side),
    async keepShut(context, side) {
      // One that was started to stand by may still show a certificate of its own.
      if (await supervisor.isRunning(`edge-${side}`)) await ensureEdge(await withTraefik(context), side);
    },
    standBy: async (context, side) => startEdge(await withTraefik(context), side),
    openEdge: async (context, side) => ensureEdge(await withTraefik(context), side),
    pointClients: ({ record }, side) => pointClientsEdgeAt(paths, record, side),
    async restart(context, side) {
      const server = await withBao(context);
      await supervisor.stop(`bao-${side}`);
      await startServer(server, side);
    },
    start: async (context, side) => ensureServer(await withBao(context), recordFile, side, silent),
    async kill(_, side, beforeTheEnd) {
      await beforeTheEnd();
      await supervisor.kill(`bao-${side}`);
      return undefined;
    },
    async removePair() {
      const edges = ['edge-clients', 'edge-source', 'edge-target'] as const;
      await Promise.all(edges.map((edge) => supervisor.stop(edge)));
      await Promise.all(pairSides.map((side) => wipeServer({ supervisor, paths }, recordFile, side)));
    },
    removeAll: ({ record }) => removeAll(record),
  };
};

/** Before or after it was seen to run: which of the two depends on how busy the machine is. One that cannot be started has a code. */
const endedAtOnce = (error: unknown): boolean =>
  isKnownFailure(error, 'ServerNotReady') ||
  (isKnownFailure(error, 'ProcessNotStarted') && error.facts['code'] === undefined);
