/** Builds a compose lane, or what is missing of it: every part is adopted if it runs, repaired if it died, made if it is new. */
import type { Materials } from '../../../activities/ports/materials.js';
import type { Progress, ProvisionRequest } from '../../../activities/ports/provisioning.js';
import type { ComposeLaneOptions } from '../../../domain/plan/plan.js';
import type { ComposePart } from '../../../domain/plan/kinds/compose.js';
import { settleAll } from '../../../systems/waiting/settle-all.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { assertNoDifferences, pairSides } from '../made/record/lane-sides.js';
import { isTargetToRenew, reopenSidesFor } from '../made/shell/build-steps.js';
import { readTopologyFile } from '../made/record/topology-file.js';
import { differencesOf } from '../made/options-of-servers.js';
import { ensureEdges, prepareEdges } from './edges.js';
import type { ComposeLaneContext } from './lane-context.js';
import type { ComposeLanePaths } from './lane-paths.js';
import type { ComposeLaneRecord, ComposeRecordFile } from './lane-record.js';
import { makeMaterials } from './materials.js';
import { laneServices, ports as containerPorts } from './names.js';
import type { OpenedContainers } from './containers/open-containers.js';
import { composeOptionsOf } from './options.js';
import { assertPortsFree, choosePorts } from './machine/published-ports.js';
import { ensureServer, wipeServer, writeSealToken } from './servers.js';
import { ensureStorage } from './storage.js';

export interface ComposeLaneBuilder {
  readonly name: string;
  readonly paths: ComposeLanePaths;
  readonly recordFile: ComposeRecordFile;
  readonly materials: Materials;
  /** This program is one of the lane's containers: no port is its business. */
  readonly member: boolean;
  /** Sees that the engine can run a lane. */
  readonly assertEngine: (signal?: AbortSignal) => Promise<void>;
  /** Sees that no volume on the engine has the name of one of the lane's and is another. */
  readonly assertOwnVolumes: (signal?: AbortSignal) => Promise<void>;
  readonly open: (record: ComposeLaneRecord, signal?: AbortSignal) => Promise<OpenedContainers>;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
}

/**
 * What can be told before anything of the lane is made. That an image is missing cannot:
 * a registry may have it.
 *
 * @throws KnownFailure `LaneDiffers`: the lane is there with other options.
 * @throws KnownFailure `PortInUse`, `PortNotAllowed`, `VolumeDiffers`, `DiskFull`, or as the engine and the state folder do.
 */
export const assertLanePossible = async (
  builder: ComposeLaneBuilder,
  options: ComposeLaneOptions,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const found = await builder.recordFile.read();
  if (found !== undefined) assertSameOptions(found, options, builder.member);
  if (builder.member) return;
  await builder.assertEngine(signal);
  // Those of a lane that is there are its own.
  if (found === undefined) await assertPortsFree(options.ports);
  await builder.assertOwnVolumes(signal);
};

/**
 * @throws KnownFailure `TargetServesClients`: a fresh target is asked for, and clients use the one there is.
 * @throws KnownFailure `PortInUse`, `ImageMissing`, `ServerNotReady`, or as {@link assertLanePossible} and the engine do.
 */
export const buildLane = async (
  builder: ComposeLaneBuilder,
  request: ProvisionRequest,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<ComposeLaneContext> => {
  const { name, recordFile } = builder;
  const isNew = (await recordFile.read()) === undefined;
  const context = await begin(builder, request, progress, signal);
  progress(isNew ? `lane ${name}: new` : `lane ${name}: found, adopting what runs`);
  await buildMaterials(context);
  const asked = {
    record: await recordFile.existing(),
    askedPair: () => readTopologyFile(builder.paths),
    progress,
  };
  if (await isTargetToRenew(request, asked)) await wipeServer(context, 'target');
  const open = { ...context, record: await reopenSidesFor(request, recordFile, progress) };
  await buildTransit(open);
  await buildPair(open);
  progress(`lane ${name}: up`);
  return { ...open, record: await recordFile.existing() };
};

/** One part, for whoever makes the containers and calls for the parts between their starts. */
export const buildPart = async (
  builder: ComposeLaneBuilder,
  part: ComposePart,
  request: ProvisionRequest,
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const context = await begin(builder, request, progress, signal, part === 'materials');
  if (part === 'materials') return buildMaterials(context);
  const open = { ...context, record: await reopenSidesFor({}, builder.recordFile, progress) };
  await (part === 'transit' ? buildTransit(open) : buildPair(open));
};

/** The record, made if there is none, and the containers. @param alone nothing but files is needed yet. */
const begin = async (
  builder: ComposeLaneBuilder,
  request: ProvisionRequest,
  progress: Progress,
  signal: AbortSignal | undefined,
  alone = false,
): Promise<ComposeLaneContext> => {
  const { name, paths, recordFile, materials, open } = builder;
  const options = composeOptionsOf(request.options);
  await assertLanePossible(builder, options, signal);
  const { record } = await recordFile.create(() => newRecord(builder, request.owner, options));
  const opened = alone && builder.member ? nothingOpen : await open(record, signal);
  return { lane: name, paths, recordFile, record, materials, progress, signal, ...opened };
};

/** Where only files are made, nothing may be asked of the containers: there are none yet. */
const nothingOpen = {} as OpenedContainers;

const buildMaterials = async (context: ComposeLaneContext): Promise<void> => {
  if ((await context.recordFile.read())?.materialsReady === true) return;
  await makeMaterials(context);
  context.progress('materials: certificates, keys and passwords made');
};

const buildTransit = async (context: ComposeLaneContext): Promise<void> => {
  // In one call what does not have to wait for each other.
  await prepareEdges(context);
  await context.containers.start(firstServices, context.signal);
  await Promise.all([ensureEdges(context), ensureStorage(context)]);
  await ensureServer(context, 'infra');
  // Here, and not when they are started: somebody else may start them.
  await Promise.all(pairSides.map((side) => writeSealToken(context, side)));
};

const firstServices = laneServices.filter((service) => service !== 'source' && service !== 'target');

const buildPair = async (context: ComposeLaneContext): Promise<void> => {
  await settleAll(pairSides.map((side) => ensureServer(context, side)));
};

const newRecord = async (
  { name, paths, member, takenPorts }: ComposeLaneBuilder,
  owner: string,
  options: ComposeLaneOptions,
): Promise<ComposeLaneRecord> => {
  const ports = member ? portsOfMember : await choosePorts(options.ports, await takenPorts());
  await ensurePrivateFolder(paths.folder);
  return {
    kind: 'compose',
    layout: 1,
    lane: name,
    createdBy: owner,
    ports,
    targetSealKey: options.targetSealKey,
    materialsReady: false,
    ready: [],
    clientsAt: 'source',
  };
};

/** Never asked for: a member reaches the containers themselves. */
const portsOfMember: ComposeLaneRecord['ports'] = {
  infra: containerPorts.edge,
  source: containerPorts.edge,
  target: containerPorts.edge,
  clients: containerPorts.edge,
  storage: containerPorts.storage,
};

const assertSameOptions = (record: ComposeLaneRecord, asked: ComposeLaneOptions, member: boolean): void =>
  assertNoDifferences(record.lane, differencesOf(record, member ? { ...asked, ports: {} } : asked));
