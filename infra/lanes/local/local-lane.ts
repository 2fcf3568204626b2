/** The local lane: three OpenBao servers, four edges and an S3 server as processes on this machine, loopback only. */
import { rm } from 'node:fs/promises';
import { isKnownFailure } from '../../../domain/known-failure.js';
import type { Progress, ProvisionRequest } from '../../../activities/ports/provisioning.js';
import type { Materials } from '../../../activities/ports/materials.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import { withFileLock } from '../../../systems/files/file-lock.js';
import { readLogTail } from '../../../systems/processes/log-tail.js';
import type { ToolBox } from '../../../systems/tools/index.js';
import type { StateFolder } from '../../state/state-folder.js';
import { assertTargetAnswersNoClients } from '../made/clients-name.js';
import { assertPairMayGo, assertTargetMayBeReplaced, beginMove, pairSides, whileHeld } from '../made/lane-sides.js';
import type { MadeLane } from '../made/made-lane.js';
import { buildLane, type LaneBuilder } from './build-lane.js';
import { pointClientsEdgeAt } from './edges.js';
import { type FenceContext, fenceSide, liftFenceOfSide, loseSide, recoverSide, standBySide } from './fence.js';
import { lanePaths } from './lane-paths.js';
import { portsOf } from './lane-ports.js';
import { type LaneRecord, openLaneRecord } from './lane-record.js';
import { wipeServer } from './set-up-server.js';
import { startServer } from './start-server.js';
import { removeStorageLeftovers } from '../made/processes/storage.js';
import { createSupervisor } from '../made/processes/supervisor.js';
import { describeTopology, edgesOfPair } from './topology.js';

export interface LocalLanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: Materials;
  readonly tools: ToolBox;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Asked under the lane's lock before each change. Default: the lane is held by other means. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
}

/** Building or removing a lane takes seconds; installing its programs first may take minutes. */
const lockTimeoutMs = 10 * 60_000;
const mostPortRaces = 3;
const quotedLogLines = 500;

export const createLocalLane = (name: string, { stateFolder, assertHeld, ...ports }: LocalLanePorts): MadeLane => {
  const paths = lanePaths(stateFolder, name);
  const recordFile = openLaneRecord(paths.folder);
  const supervisor = createSupervisor(recordFile, paths.folder);
  const builder: LaneBuilder = { name, paths, recordFile, supervisor, ...ports };
  const { materials, tools } = ports;

  const locked = <T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    withFileLock(paths.lock, whileHeld(assertHeld, run), { timeoutMs: lockTimeoutMs, signal });

  const remove = async (): Promise<LaneRecord | undefined> => {
    const record = await recordFile.read();
    await supervisor.stopAll();
    if (record !== undefined) await removeStorageLeftovers(record);
    await rm(paths.folder, { recursive: true, force: true });
    return record;
  };

  /**
   * Free ports are chosen before their servers start: another program may be quicker. A lane that is new can move. A
   * server that ended at once may have lost its port after the last look at it: worth one more try.
   */
  const build = async (request: ProvisionRequest, progress: Progress, signal?: AbortSignal): Promise<void> => {
    let endedEarly = false;
    for (let race = 1; ; race += 1) {
      const isNew = (await recordFile.read()) === undefined;
      try {
        return await buildLane(builder, request, progress, signal);
      } catch (error) {
        const wasChosen = isNew && (await recordFile.read()) !== undefined;
        const lostPort = isKnownFailure(error, 'PortInUse');
        const mayHaveLostPort: boolean = endedAtOnce(error) && !endedEarly;
        if (!wasChosen || !(lostPort || mayHaveLostPort) || race === mostPortRaces) throw error;
        signal?.throwIfAborted();
        endedEarly ||= mayHaveLostPort;
        progress(
          lostPort
            ? `lane ${name}: another program took one of its ports, choosing others`
            : `lane ${name}: a server did not come up, trying again on other ports`,
        );
        await remove();
      }
    }
  };

  /** One change to a side at a time, on the record as it is by then. */
  const changing = <T>(
    change: (context: FenceContext, side: PairSide) => Promise<T>,
    side: PairSide,
    signal?: AbortSignal,
  ): Promise<T> =>
    locked(
      async () =>
        change({ paths, recordFile, supervisor, materials, tools, record: await recordFile.existing(), signal }, side),
      signal,
    );

  return {
    name,
    kind: 'local',
    provision: (request, progress, signal) =>
      locked(async () => {
        await build(request, progress, signal);
        return { topology: await describeTopology(await recordFile.existing(), paths) };
      }, signal),
    edges: {
      fence: (side, signal) => changing(fenceSide, side, signal),
      standBy: (side, signal) => changing(standBySide, side, signal),
      liftFence: (side, signal) => changing(liftFenceOfSide, side, signal),
    },
    clients: {
      beginMove: (move, signal) =>
        locked(async () => {
          signal?.throwIfAborted();
          let counter = 0;
          await recordFile.update((current) => void (counter = beginMove(current, move)));
          return counter;
        }, signal),
      pointAt: (side, signal) =>
        locked(async () => {
          signal?.throwIfAborted();
          // Remembered first: an edge that is restarted meanwhile must not send clients back.
          const record = await recordFile.update((current) => {
            current.clientsAt = side;
          });
          await pointClientsEdgeAt(paths, record, side);
        }, signal),
      noteAt: (side, signal) =>
        locked(async () => {
          signal?.throwIfAborted();
          await recordFile.update((current) => {
            current.clientsAt = side;
          });
        }, signal),
    },
    target: {
      markUsed: (drillId, signal) =>
        locked(async () => {
          const found = await recordFile.existing();
          assertTargetMayBeReplaced(found);
          await assertTargetAnswersNoClients(name, edgesOfPair(found));
          signal?.throwIfAborted();
          await recordFile.update((record) => {
            record.targetUsedBy = drillId;
          });
        }, signal),
    },
    servers: {
      restart: (side, signal) =>
        locked(async () => {
          const record = await recordFile.existing();
          const { path } = await tools.ensure('bao');
          await supervisor.stop(`bao-${side}`);
          await startServer({ paths, materials, supervisor, record, bao: path, signal }, side);
        }, signal),
      lose: (side, signal) => changing(loseSide, side, signal),
      recover: (side, signal) => changing(recoverSide, side, signal),
    },
    insight: {
      readLog: (side) => readLogTail(paths.server(side).log, quotedLogLines),
    },
    disposal: {
      createdBy: async () => (await recordFile.read())?.createdBy,
      teardownPair: (progress, signal) =>
        locked(async () => {
          const record = await recordFile.read();
          if (record === undefined) return;
          assertPairMayGo(record);
          await assertTargetAnswersNoClients(name, edgesOfPair(record));
          await Promise.all(
            (['edge-clients', 'edge-source', 'edge-target'] as const).map((edge) => supervisor.stop(edge)),
          );
          await Promise.all(pairSides.map((side) => wipeServer({ supervisor, paths }, recordFile, side)));
          progress(`lane ${name}: source and target down`);
        }, signal),
      teardown: (progress, signal) =>
        locked(async () => {
          const removed = await remove();
          progress(removed === undefined ? `lane ${name}: there was none` : `lane ${name}: down`);
        }, signal),
    },
  };
};

/** Ports that lanes of this state folder have, so that a new lane does not choose those of one that is down. */
export const recordedPorts = async (stateFolder: StateFolder, lane: string): Promise<number[]> => {
  const record = await openLaneRecord(lanePaths(stateFolder, lane).folder).read();
  return record === undefined ? [] : portsOf(record);
};

/** Before or after it was seen to run: which of the two depends on how busy the machine is. One that cannot be started has a code. */
const endedAtOnce = (error: unknown): boolean =>
  isKnownFailure(error, 'ServerNotReady') ||
  (isKnownFailure(error, 'ProcessNotStarted') && error.facts['code'] === undefined);
