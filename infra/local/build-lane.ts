/** Builds a local lane, or what is missing of it: every part is adopted if it runs, repaired if it died, made if it is new. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { Materials, Progress, ProvisionRequest } from '../../domain/lane.js';
import type { LocalLaneOptions } from '../../domain/plan.js';
import { baseline } from '../../domain/topology.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import type { ToolBox } from '../../systems/tools/index.js';
import { ensureEdges } from './edges.js';
import type { LanePaths } from './lane-paths.js';
import { choosePorts } from './lane-ports.js';
import { isShut, type LaneRecord, type LaneRecordFile } from './lane-record.js';
import { makeMaterials } from './materials.js';
import { ensureServer, wipeServer } from './set-up-server.js';
import { ensureStorage } from './storage.js';
import type { Supervisor } from './supervisor.js';

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
  const found = await recordFile.read();
  if (found !== undefined) assertSameOptions(found, options);
  const record = found ?? (await createRecord(builder, request.owner, options));
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
  if (request.freshTarget) await renewUsedTarget(builder, record, progress);
  if (request.inUse === true) assertNoneShut(record);
  const reopened = await reopenSides(recordFile, progress);

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

const createRecord = async (
  { name, paths, recordFile, tools, takenPorts }: LaneBuilder,
  owner: string,
  options: LocalLaneOptions,
): Promise<LaneRecord> => {
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

/** A target that holds restored data has lost its own identities: it is wiped, and set up like a new one. */
const renewUsedTarget = async (
  { name, paths, supervisor, recordFile }: LaneBuilder,
  { targetUsedBy, clientsAt }: LaneRecord,
  progress: Progress,
): Promise<void> => {
  if (targetUsedBy === undefined) return;
  if (clientsAt === 'target') {
    throw new KnownFailure(
      'TargetServesClients',
      `Lane ${name}'s clients are on the target since drill ${targetUsedBy}: a new drill would wipe what they use. ` +
        `Take the lane down first with "openbao-dr down ${name}"`,
    );
  }
  progress(`target: holds data of drill ${targetUsedBy}, built anew`);
  await wipeServer({ paths, supervisor }, recordFile, 'target');
};

const assertNoneShut = (record: LaneRecord): void => {
  const shut = (['source', 'target'] as const).filter((side) => isShut(record, side));
  if (shut.length === 0) return;
  throw new KnownFailure(
    'LaneBusy',
    `A drill has lane ${record.lane} and has lost or fenced its ${shut.join(' and ')}, which building the lane would bring back: ` +
      `wait for the drill, cancel it, or take the lane down with "openbao-dr down ${record.lane}"`,
  );
};

/**
 * A drill that died may have left a side lost or fenced: both are to serve again. Only a source whose clients went to the
 * target stays fenced: it would serve older data under the names they know.
 */
const reopenSides = (recordFile: LaneRecordFile, progress: Progress): Promise<LaneRecord> =>
  recordFile.update((record) => {
    for (const side of ['source', 'target'] as const) {
      const lostAt = record.lost?.[side];
      const fencedAt = record.fenced?.[side];
      const stays = side === 'source' && record.clientsAt === 'target';
      if (lostAt !== undefined) progress(`${side}: lost by a drill at ${lostAt}, brought back`);
      if (fencedAt !== undefined) {
        progress(
          `${side}: fenced by a drill at ${fencedAt}, ${stays ? 'stays so while clients are on the target' : 'fence lifted'}`,
        );
      }
      delete record.lost?.[side];
      if (!stays) delete record.fenced?.[side];
    }
  });

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
