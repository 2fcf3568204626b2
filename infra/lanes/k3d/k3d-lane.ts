/** The k3d lane: three Kubernetes clusters, an OpenBao operator in two of them, edges of Gateway API, and a bucket beside them. */
import { rm } from 'node:fs/promises';
import type { Progress } from '../../../activities/ports/provisioning.js';
import { type LanePart, provisioningStages } from '../../../domain/plan/provisioning.js';
import type { PairSide, Topology } from '../../../domain/pair/topology.js';
import { withFileLock } from '../../../systems/files/file-lock.js';
import { writeJsonFile } from '../../../systems/files/json-file.js';
import type { Environment, ToolBox } from '../../../systems/tools/index.js';
import type { MaterialFiles } from '../../state/materials.js';
import type { StateFolder } from '../../state/state-folder.js';
import { assertTargetAnswersNoClients } from '../made/clients-name.js';
import { assertPairMayGo, assertTargetMayBeReplaced, beginMove, isShut, whileHeld } from '../made/lane-sides.js';
import { readTopologyFile } from '../made/topology-file.js';
import { lanePartOf } from '../made/lane-part.js';
import type { MadeLane } from '../made/made-lane.js';
import { buildLane, buildPart, type LaneBuilder } from './build-lane.js';
import { pointClientsEdgeAt } from './sides/edges.js';
import { fenceSide, liftFenceOfSide, loseSide, recoverSide } from './sides/fence.js';
import type { LaneContext } from './lane-context.js';
import { k3dLanePaths } from './lane-paths.js';
import { type K3dLaneRecord, openK3dRecord } from './lane-record.js';
import { createLaneSystems, type LaneSystems } from './lane-systems.js';
import { networkName } from './names.js';
import { neededAccess } from './needed-access.js';
import { optionsOf } from './options.js';
import { removeAll, removePair } from './remove-lane.js';
import { serverAnswers, startServer, stopServer } from './sides/side-server.js';
import { describeTopology } from './topology.js';

export interface K3dLanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: MaterialFiles;
  readonly tools: ToolBox;
  /** Where `KUBECONFIG`, Docker's settings, `OPENBAO_DR_GATEWAY_CRDS` and what plans may choose are looked for. */
  readonly environment: Environment;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Default: the real programs. */
  readonly systems?: LaneSystems;
  /** Asked under the lane's lock before each change. Default: the lane is held by other means. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
}

/** Clusters are made in a minute or two each, after their images have been fetched. */
const lockTimeoutMs = 20 * 60_000;
const never = new AbortController().signal;
const silent: Progress = () => undefined;

export const createK3dLane = (
  name: string,
  { stateFolder, materials, tools, environment, takenPorts, systems, assertHeld }: K3dLanePorts,
): MadeLane => {
  const paths = k3dLanePaths(stateFolder, name);
  const recordFile = openK3dRecord(paths);
  const base: LaneBuilder['base'] = {
    lane: name,
    paths,
    recordFile,
    materials,
    tools,
    systems: systems ?? createLaneSystems({ tools, materials, environment, folder: paths.programs }),
  };

  const under = <T>(lock: string, run: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    withFileLock(lock, whileHeld(assertHeld, run), { timeoutMs: lockTimeoutMs, signal });
  const locked = <T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> => under(paths.lock, run, signal);
  const whilePart = <T>(part: LanePart, run: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    under(paths.partLock(part), run, signal);
  /** Nor may a part be in the making, of a drill that was given up say, when the lane goes. */
  const alone = <T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const parts = provisioningStages('k3d').flat();
    const afterParts = parts.reduce<() => Promise<T>>((inner, part) => () => whilePart(part, inner, signal), run);
    return locked(afterParts, signal);
  };
  const builder: LaneBuilder = { base, environment, takenPorts, whilePart };

  const contextOf = ({ id, options }: K3dLaneRecord, progress: Progress, signal: AbortSignal): LaneContext => ({
    ...base,
    id,
    options,
    progress,
    signal,
  });

  /** One change to the lane at a time, on the record as it is by then. */
  const changing = <T>(change: (context: LaneContext) => Promise<T>, signal: AbortSignal = never): Promise<T> =>
    locked(async () => change(contextOf(await recordFile.existing(), silent, signal)), signal);

  const changingRecord = (change: (record: K3dLaneRecord) => void, signal: AbortSignal = never): Promise<unknown> =>
    locked(() => recordFile.update(change), signal);

  return {
    name,
    kind: 'k3d',
    assertPossible: async (options, signal) => {
      const { adopt, storage } = optionsOf(options);
      const makesClusters = !adopt.includes('clusters');
      if (makesClusters || storage === 'container') {
        await (await base.systems.docker()).network(networkName, { signal });
      }
      if (makesClusters) await base.systems.k3d();
    },
    provision: (request, progress, signal = never) =>
      locked(async () => {
        const context = await buildLane(builder, request, progress, signal);
        const topology = await describeTopology(context);
        await writeJsonFile(paths.topology, topology);
        return { topology };
      }, signal),
    edges: {
      fence: (side, signal) => changing((context) => fenceSide(context, side), signal),
      liftFence: (side, signal) => changing((context) => liftFenceOfSide(context, side), signal),
    },
    clients: {
      beginMove: async (move, signal) => {
        let counter = 0;
        await changingRecord((record) => void (counter = beginMove(record, move)), signal);
        return counter;
      },
      pointAt: (side, signal) =>
        changing(async (context) => {
          // Remembered first: an edge that is repaired meanwhile must not send clients back.
          await noteClients(context, side);
          await pointClientsEdgeAt(context, side);
        }, signal),
      noteAt: (side, signal) => changing((context) => noteClients(context, side), signal),
    },
    target: {
      markUsed: async (drillId, signal) => {
        await changing(async () => {
          assertTargetMayBeReplaced(await recordFile.existing());
          await assertTargetAnswersNoClients(name, await readTopologyFile(paths));
          signal?.throwIfAborted();
          await recordFile.update((record) => {
            record.targetUsedBy = drillId;
          });
        }, signal);
      },
    },
    parts: {
      make: async (part, request, progress, signal = never) =>
        buildPart(builder, lanePartOf(name, provisioningStages('k3d').flat(), part), request, progress, signal),
    },
    servers: {
      restart: (side, signal) =>
        changing(async (context) => {
          await stopServer(context, side);
          await startServer(context, side);
          if (!isShut(await recordFile.existing(), side)) await serverAnswers(context, side);
        }, signal),
      lose: (side, signal) => changing((context) => loseSide(context, side), signal),
      recover: (side, signal) => changing((context) => recoverSide(context, side), signal),
    },
    insight: {
      neededAccess: async (plan) => neededAccess(contextOf(await recordFile.existing(), silent, never), plan),
    },
    disposal: {
      createdBy: async () => (await recordFile.read())?.createdBy,
      teardownPair: (progress, signal = never) =>
        alone(async () => {
          const record = await recordFile.read();
          if (record === undefined) return;
          assertPairMayGo(record);
          await assertTargetAnswersNoClients(name, await readTopologyFile(paths));
          await removePair(contextOf(record, progress, signal));
          await rm(paths.topology, { force: true });
          progress(`lane ${name}: source and target down`);
        }, signal),
      teardown: (progress, signal = never, options = {}) =>
        alone(async () => {
          const record = await recordFile.read();
          if (record !== undefined) await removeAll(contextOf(record, progress, signal), options);
          await rm(paths.folder, { recursive: true, force: true });
          progress(record === undefined ? `lane ${name}: there was none` : `lane ${name}: down`);
        }, signal),
    },
  };
};

const noteClients = async ({ recordFile, signal }: LaneContext, side: PairSide): Promise<void> => {
  signal.throwIfAborted();
  await recordFile.update((record) => {
    record.clientsAt = side;
  });
};

/** Ports of this machine that the lane has, so that no new lane chooses them. */
export const k3dLanePorts = async (stateFolder: StateFolder, lane: string): Promise<number[]> => {
  const record = await openK3dRecord(k3dLanePaths(stateFolder, lane)).read();
  if (record === undefined) return [];
  const { edges, storage, storageInternal } = record.ports;
  return [...Object.values(edges), storage, ...storageInternal];
};

/** As it was described last; undefined for a lane that was not built to its end. Asks nothing of its clusters. */
export const lastTopology = async (stateFolder: StateFolder, lane: string): Promise<Topology | undefined> => {
  const paths = k3dLanePaths(stateFolder, lane);
  const record = await openK3dRecord(paths).read();
  return record?.ready.includes('target') === true ? readTopologyFile(paths) : undefined;
};
