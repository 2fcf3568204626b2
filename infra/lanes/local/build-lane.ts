/** Builds a local lane, or what is missing of it: every part is adopted if it runs, repaired if it died, made if it is new. */
import type { Materials } from '../../../activities/ports/materials.js';
import type { Progress, ProvisionRequest } from '../../../activities/ports/provisioning.js';
import type { LocalLaneOptions } from '../../../domain/plan/plan.js';
import { baseline } from '../../../domain/pair/topology.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { settleAll } from '../../../systems/waiting/settle-all.js';
import type { ToolBox } from '../../../systems/tools/index.js';
import { assertNoDifferences } from '../made/record/lane-sides.js';
import { isTargetToRenew, reopenSidesFor } from '../made/shell/build-steps.js';
import { differencesOf } from '../made/options-of-servers.js';
import { ensureEdges } from './edges.js';
import type { LanePaths } from './lane-paths.js';
import { choosePorts } from './lane-ports.js';
import type { LaneRecord, LaneRecordFile } from './lane-record.js';
import { makeMaterials } from './materials.js';
import { ensureServer, wipeServer } from './set-up-server.js';
import { ensureStorage } from '../made/processes/storage.js';
import type { Supervisor } from '../made/processes/supervisor.js';
import { edgesOfPair } from './topology.js';

export interface LaneBuilder {
  readonly name: string;
  readonly paths: LanePaths;
  readonly recordFile: LaneRecordFile;
  readonly supervisor: Supervisor;
  readonly materials: Materials;
  readonly tools: ToolBox;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
}

/**
 * @throws KnownFailure `LaneDiffers`: the lane is there with other options.
 * @throws KnownFailure `TargetServesClients`: a fresh target is asked for, and clients use the one there is.
 * @throws KnownFailure `PortInUse`, `ServerNotReady`, `TimedOut`, or as the tools and the state folder do.
 */
export const buildLane = async (
  builder: LaneBuilder,
  request: ProvisionRequest,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const { name, paths, recordFile, supervisor, materials, tools } = builder;
  const options = request.options.local ?? { ports: {}, targetSealKey: baseline.sealKey };
  const { record, isNew } = await recordFile.create(() => newRecord(builder, request.owner, options));
  if (!isNew) assertSameOptions(record, options);
  progress(isNew ? `lane ${name}: new` : `lane ${name}: found, adopting what runs`);

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
  if (await isTargetToRenew(request, { record, askedPair: async () => edgesOfPair(record), progress })) {
    await wipeServer({ paths, supervisor }, recordFile, 'target');
  }
  const reopened = await reopenSidesFor(request, recordFile, progress);

  const context = { paths, materials, supervisor, record: reopened, bao: bao.path, signal };
  const storage = ensureStorage({ ...context, program: storageTool.path });
  const edges = ensureEdges({ ...context, traefik: traefik.path });
  const infra = ensureServer(context, recordFile, 'infra', progress);
  // The pair's servers end at once when they cannot reach Transit through infra's edge.
  const pair = Promise.all([edges, infra]).then(() =>
    settleAll([
      ensureServer(context, recordFile, 'source', progress),
      ensureServer(context, recordFile, 'target', progress),
    ]),
  );
  await settleAll([storage, edges, infra, pair]);
  progress(`lane ${name}: up`);
};

const newRecord = async (
  { name, paths, tools, takenPorts }: LaneBuilder,
  owner: string,
  options: LocalLaneOptions,
): Promise<LaneRecord> => {
  const storage = (await tools.ensureS3Server()).tool === 'rustfs' ? 'rustfs' : 'weed';
  const ports = await choosePorts(options.ports, storage, await takenPorts());
  await ensurePrivateFolder(paths.folder);
  return {
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
};

const assertSameOptions = ({ lane, ports, targetSealKey }: LaneRecord, asked: LocalLaneOptions): void =>
  assertNoDifferences(lane, differencesOf({ ports: { ...ports.edges, storage: ports.storage }, targetSealKey }, asked));
