/** The compose lane: three OpenBao servers, four edges and an S3 server as containers, on networks that keep the sites apart. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../../activities/ports/provisioning.js';
import type { Materials } from '../../../activities/ports/materials.js';
import { composeParts } from '../../../domain/plan/kinds/compose.js';
import type { PairSide, Topology } from '../../../domain/pair/topology.js';
import { withFileLock } from '../../../systems/files/file-lock.js';
import { writeJsonFile } from '../../../systems/files/json-file.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import type { Environment, ToolBox } from '../../../systems/tools/index.js';
import type { StateFolder } from '../../state/state-folder.js';
import { assertTargetAnswersNoClients } from '../made/clients-name.js';
import { assertPairMayGo, assertTargetMayBeReplaced, beginMove, pairSides, whileHeld } from '../made/lane-sides.js';
import { readTopologyFile } from '../made/topology-file.js';
import { lanePartOf } from '../made/lane-part.js';
import type { MadeLane } from '../made/made-lane.js';
import { assertLanePossible, buildLane, buildPart, type ComposeLaneBuilder } from './build-lane.js';
import { pointClientsEdgeAt } from './edges.js';
import { assertEngine } from './machine/engine.js';
import { fenceSide, liftFenceOfSide, loseSide, recoverSide } from './fence.js';
import { observeIsolation } from './containers/isolation.js';
import type { ComposeLaneContext } from './lane-context.js';
import { composeLanePaths } from './lane-paths.js';
import { type ComposeLaneRecord, openComposeRecord } from './lane-record.js';
import { membershipIn } from './containers/member.js';
import { laneServices } from './names.js';
import { assertVolumesOf, openContainers } from './containers/open-containers.js';
import { composeOptionsOf } from './options.js';
import { restartServer, wipeServer } from './servers.js';
import { describeTopology } from './topology.js';

export interface ComposeLanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: Materials;
  readonly tools: Pick<ToolBox, 'ensure'>;
  /** Where the engine is looked for, or the keeper. */
  readonly environment: Environment;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Asked under the lane's lock before each change. Default: the lane is held by other means. */
  readonly assertHeld?: (() => Promise<void>) | undefined;
}

/** Building a lane takes seconds; pulling its images first may take minutes. */
const lockTimeoutMs = 25 * 60_000;
const silent: Progress = () => undefined;
const keptLogLines = 5_000;
const quotedLogLines = 500;

/** @throws KnownFailure `LaneElsewhere`: this program is a container of another lane. */
export const createComposeLane = (
  name: string,
  { stateFolder, materials, tools, environment, takenPorts, assertHeld }: ComposeLanePorts,
): MadeLane => {
  const membership = membershipIn(environment, name);
  const paths = composeLanePaths(stateFolder, name, membership?.files);
  const recordFile = openComposeRecord(paths.folder);
  const open: ComposeLaneBuilder['open'] = (record, signal) =>
    openContainers({ lane: name, paths, recordFile, tools, environment, membership }, record, signal);
  const builder: ComposeLaneBuilder = {
    name,
    paths,
    recordFile,
    materials,
    member: membership !== undefined,
    assertEngine: (signal) => assertEngine({ tools, environment }, signal),
    assertOwnVolumes: (signal) => assertVolumesOf({ lane: name, paths, tools, environment }, signal),
    open,
    takenPorts,
  };

  const locked = <T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    withFileLock(paths.lock, whileHeld(assertHeld, run), { timeoutMs: lockTimeoutMs, signal });

  const contextOf = async (
    record: ComposeLaneRecord,
    progress: Progress,
    signal: AbortSignal | undefined,
  ): Promise<ComposeLaneContext> => ({
    lane: name,
    paths,
    recordFile,
    record,
    materials,
    progress,
    signal,
    ...(await open(record, signal)),
  });

  /** One change to a side at a time, on the record as it is by then. */
  const changing = <T>(
    change: (context: ComposeLaneContext, side: PairSide) => Promise<T>,
    side: PairSide,
    signal?: AbortSignal,
  ): Promise<T> =>
    locked(async () => change(await contextOf(await recordFile.existing(), silent, signal), side), signal);

  const noteClients = async (side: PairSide, signal: AbortSignal | undefined): Promise<ComposeLaneRecord> => {
    signal?.throwIfAborted();
    return recordFile.update((record) => {
      record.clientsAt = side;
    });
  };

  return {
    name,
    kind: 'compose',
    assertPossible: async (options, signal) =>
      void (await assertLanePossible(builder, composeOptionsOf(options), signal)),
    provision: (request, progress, signal) =>
      locked(async () => {
        const context = await buildLane(builder, request, progress, signal);
        const topology = await describeTopology(context);
        await writeJsonFile(paths.topology, topology);
        return { topology };
      }, signal),
    edges: {
      fence: (side, signal) => changing(fenceSide, side, signal),
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
          // Remembered first: an edge that is restarted meanwhile must not send clients back.
          const record = await noteClients(side, signal);
          await pointClientsEdgeAt(await contextOf(record, silent, signal), side);
        }, signal),
      noteAt: (side, signal) => locked(async () => void (await noteClients(side, signal)), signal),
    },
    target: {
      markUsed: (drillId, signal) =>
        locked(async () => {
          assertTargetMayBeReplaced(await recordFile.existing());
          await assertTargetAnswersNoClients(name, await readTopologyFile(paths));
          signal?.throwIfAborted();
          await recordFile.update((record) => {
            record.targetUsedBy = drillId;
          });
        }, signal),
    },
    parts: {
      make: (part, request, progress, signal) =>
        locked(async () => {
          await buildPart(builder, lanePartOf(name, composeParts, part), request, progress, signal);
        }, signal),
    },
    servers: {
      restart: (side, signal) => changing(async (context) => void (await restartServer(context, side)), side, signal),
      lose: (side, signal) => changing(loseSide, side, signal),
      recover: (side, signal) => changing(recoverSide, side, signal),
    },
    insight: {
      observeIsolation: async (signal) =>
        observeIsolation(await contextOf(await recordFile.existing(), silent, signal), signal),
      async saveLogs(folder, signal) {
        const { containers } = await contextOf(await recordFile.existing(), silent, signal);
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const saved = await Promise.all(
          laneServices.map(async (service) => {
            const text = await containers.logs(service, keptLogLines, signal).catch(() => undefined);
            if (text === undefined || text === '') return [];
            const file = join(folder, `${service}.log`);
            await writePrivateFile(file, text);
            return [file];
          }),
        );
        return saved.flat();
      },
      async readLog(side, signal) {
        const { containers } = await contextOf(await recordFile.existing(), silent, signal);
        return containers.logs(side, quotedLogLines, signal);
      },
    },
    disposal: {
      createdBy: async () => (await recordFile.read())?.createdBy,
      teardownPair: (progress, signal) =>
        locked(async () => {
          const record = await recordFile.read();
          if (record === undefined) return;
          assertPairMayGo(record);
          await assertTargetAnswersNoClients(name, await readTopologyFile(paths));
          const context = await contextOf(record, progress, signal);
          await context.containers.stop(['edge-clients', 'edge-source', 'edge-target'], signal);
          await Promise.all(pairSides.map((side) => wipeServer(context, side)));
          await rm(paths.topology, { force: true });
          progress(`lane ${name}: source and target down`);
        }, signal),
      teardown: (progress, signal) =>
        locked(async () => {
          const record = await recordFile.read();
          if (record !== undefined) {
            const { containers } = await contextOf(record, progress, signal);
            await containers.remove(signal);
          }
          await removeFiles();
          progress(record === undefined ? `lane ${name}: there was none` : `lane ${name}: down`);
        }, signal),
    },
  };

  /** A member's volumes are not its to remove: only what is in them. */
  async function removeFiles(): Promise<void> {
    if (membership !== undefined) {
      for (const side of [...pairSides, 'infra'] as const) {
        const { data, temporary } = paths.server(side);
        await Promise.all([data, temporary].map((folder) => rm(folder, { recursive: true, force: true })));
      }
      await rm(paths.storage.data, { recursive: true, force: true });
    }
    await rm(paths.folder, { recursive: true, force: true });
  }
};

/** What drills were told last; undefined when the lane is not here, or was not built to its end. */
export const composeLaneTopology = (stateFolder: StateFolder, lane: string): Promise<Topology | undefined> =>
  readTopologyFile(composeLanePaths(stateFolder, lane));

/** Ports that a lane of this state folder publishes, so that a new lane does not choose those of one that is down. */
export const composeLanePublishedPorts = async (stateFolder: StateFolder, lane: string): Promise<number[]> => {
  const record = await openComposeRecord(composeLanePaths(stateFolder, lane).folder).read();
  return record === undefined ? [] : Object.values(record.ports);
};
