/** The local lane: three OpenBao servers, four edges and an S3 server as processes on this machine, loopback only. */
import { rm } from 'node:fs/promises';
import { KnownFailure } from '../../domain/known-failure.js';
import type { Lane, Materials, Progress, ProvisionRequest } from '../../domain/lane.js';
import type { LocalLaneOptions } from '../../domain/plan.js';
import { withFileLock } from '../../systems/files/file-lock.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import type { ToolBox } from '../../systems/tools/index.js';
import type { StateFolder } from '../state-folder.js';
import { ensureEdges, pointClientsEdgeAt } from './edges.js';
import { lanePaths } from './lane-paths.js';
import { choosePorts, portsOf } from './lane-ports.js';
import { type LaneRecord, type LaneRecordFile, openLaneRecord } from './lane-record.js';
import { makeMaterials } from './materials.js';
import { ensureServer, wipeServer } from './set-up-server.js';
import { startServer } from './start-server.js';
import { ensureStorage, removeStorageLeftovers } from './storage.js';
import { createSupervisor } from './supervisor.js';
import { describeTopology } from './topology.js';

export interface LocalLanePorts {
  readonly stateFolder: StateFolder;
  readonly materials: Materials;
  readonly tools: ToolBox;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
}

/** Building or removing a lane takes seconds; installing its programs first may take minutes. */
const lockTimeoutMs = 10 * 60_000;

export const createLocalLane = (name: string, { stateFolder, materials, tools, takenPorts }: LocalLanePorts): Lane => {
  const paths = lanePaths(stateFolder, name);
  const recordFile = openLaneRecord(paths.folder);
  const supervisor = createSupervisor(recordFile, paths.folder);

  const locked = <T>(run: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    withFileLock(paths.lock, run, { timeoutMs: lockTimeoutMs, ...(signal === undefined ? {} : { signal }) });

  const existing = async (): Promise<LaneRecord> => {
    const record = await recordFile.read();
    if (record !== undefined) return record;
    throw new KnownFailure(
      'LaneMissing',
      `There is no lane ${name} on this machine: bring it up with "openbao-dr up ${name}"`,
    );
  };

  const createRecord = async ({ owner, options }: ProvisionRequest): Promise<LaneRecord> => {
    const storage = (await tools.ensureS3Server()).tool === 'rustfs' ? 'rustfs' : 'weed';
    const ports = await choosePorts(options.ports, storage, await takenPorts());
    await ensurePrivateFolder(paths.folder);
    const record: LaneRecord = {
      layout: 1,
      lane: name,
      createdBy: owner,
      ports,
      storage,
      targetSealKey: options.targetSealKey,
      materialsReady: false,
      ready: [],
      clientsAt: 'source',
      processes: {},
    };
    // Before anything is started: whatever comes later can be found again and removed.
    await recordFile.write(record);
    return record;
  };

  const build = async (
    request: ProvisionRequest,
    progress: Progress,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const found = await recordFile.read();
    if (found !== undefined) assertSameOptions(found, request.options);
    const record = found ?? (await createRecord(request));
    progress(found === undefined ? `lane ${name}: new` : `lane ${name}: found, adopting what runs`);

    const [bao, traefik, storageTool] = await Promise.all([
      tools.ensure('bao'),
      tools.ensure('traefik'),
      tools.ensure(record.storage),
    ]);
    if (!record.materialsReady) {
      await makeMaterials(name, paths, materials);
      await recordFile.update((current) => {
        current.materialsReady = true;
      });
    }
    if (request.freshTarget) await forgetUsedTarget(recordFile, progress);

    const context = { paths, materials, supervisor, record, bao: bao.path, signal };
    const storage = ensureStorage({ paths, record, supervisor, materials, program: storageTool.path, signal });
    const edges = ensureEdges({ paths, record, supervisor, traefik: traefik.path, signal });
    const infra = ensureServer(context, recordFile, 'infra', progress);
    // The pair's servers end at once when they cannot reach Transit through infra's edge.
    const pair = Promise.all([edges, infra]).then(() =>
      Promise.all([
        ensureServer(context, recordFile, 'source', progress),
        ensureServer(context, recordFile, 'target', progress),
      ]),
    );
    await settleAll([storage, edges, infra, pair]);
    progress(`lane ${name}: up`);
  };

  /** A target that holds restored data has lost its own identities: it is wiped, and set up like a new one. */
  const forgetUsedTarget = async (file: LaneRecordFile, progress: Progress): Promise<void> => {
    const record = await existing();
    if (record.targetUsedBy === undefined) return;
    if (record.clientsAt === 'target') {
      throw new KnownFailure(
        'TargetServesClients',
        `Lane ${name}'s clients are on the target since drill ${record.targetUsedBy}: a new drill would wipe what they use. ` +
          `Take the lane down first with "openbao-dr down ${name}"`,
      );
    }
    progress(`target: holds data of drill ${record.targetUsedBy}, built anew`);
    await wipeServer({ paths, materials, supervisor, record, bao: '' }, file, 'target');
  };

  return {
    name,
    kind: 'local',
    provision: (request, progress, signal) =>
      locked(async () => {
        await build(request, progress, signal);
        return { topology: await describeTopology(await existing(), paths) };
      }, signal),
    createdBy: async () => (await recordFile.read())?.createdBy,
    restartSite: (side, signal) =>
      locked(async () => {
        const record = await existing();
        const { path } = await tools.ensure('bao');
        await supervisor.stop(`bao-${side}`);
        await startServer({ paths, materials, supervisor, record, bao: path, signal }, side);
      }, signal),
    markTargetUsed: (drillId) =>
      locked(async () => {
        await recordFile.update((record) => {
          record.targetUsedBy = drillId;
        });
      }),
    pointClientsAt: (side) =>
      locked(async () => {
        await existing();
        // Remembered first: an edge that is restarted meanwhile must not send clients back.
        const record = await recordFile.update((current) => {
          current.clientsAt = side;
        });
        await pointClientsEdgeAt(paths, record, side);
      }),
    teardown: (progress, signal) =>
      locked(async () => {
        const record = await recordFile.read();
        await supervisor.stopAll();
        if (record !== undefined) await removeStorageLeftovers(record);
        await rm(paths.folder, { recursive: true, force: true });
        progress(record === undefined ? `lane ${name}: there was none` : `lane ${name}: down`);
      }, signal),
  };
};

/** Ports that lanes of this state folder have, so that a new lane does not choose those of one that is down. */
export const recordedPorts = async (stateFolder: StateFolder, lane: string): Promise<number[]> => {
  const record = await openLaneRecord(lanePaths(stateFolder, lane).folder).read();
  return record === undefined ? [] : portsOf(record);
};

const assertSameOptions = (record: LaneRecord, { ports, targetSealKey }: LocalLaneOptions): void => {
  const recorded: Record<string, number> = { ...record.ports.edges, storage: record.ports.storage };
  const differences = [
    ...Object.entries(ports)
      .filter(([name, port]) => port !== undefined && port !== recorded[name])
      .map(([name, port]) => `port of ${name} is ${recorded[name]}, not ${port}`),
    ...(targetSealKey === record.targetSealKey
      ? []
      : [`target is sealed by ${record.targetSealKey}, not ${targetSealKey}`]),
  ];
  if (differences.length === 0) return;
  throw new KnownFailure(
    'LaneDiffers',
    `Lane ${record.lane} is there already and differs from the plan (${differences.join('; ')}): ` +
      `take it down with "openbao-dr down ${record.lane}", or name another lane`,
  );
};

/** Waits for all before it fails with the first failure: nothing may still be starting when a clean-up begins. */
const settleAll = async (work: readonly Promise<unknown>[]): Promise<void> => {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
};
