/** Builds a k3d lane, or what is missing of it: every part is adopted if it is there, repaired if it broke, made if it is new. */
import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../../../domain/json/canonical-json.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { Progress, ProvisionRequest } from '../../../activities/ports/provisioning.js';
import type { K3dLaneOptions } from '../../../domain/plan/plan.js';
import { type LanePart, provisioningStages } from '../../../domain/plan/provisioning.js';
import type { SiteName } from '../../../domain/pair/topology.js';
import { settleAll } from '../../../systems/waiting/settle-all.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { seaweedInternalPorts } from '../../../systems/object-store/server-command.js';
import { acceptsConnections } from '../../../systems/processes/accepts-connections.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import type { Environment } from '../../../systems/tools/index.js';
import { generatePasswords } from '../made/lane-materials.js';
import { assertNoDifferences, pairSides } from '../made/record/lane-sides.js';
import { reopenSidesFor } from '../made/shell/build-steps.js';
import { allowancesIn, assertAllowed } from './allowances/allowances.js';
import { publishedPorts } from './objects/assets.js';
import { makeEdge } from './sides/edges.js';
import type { LaneContext } from './lane-context.js';
import type { K3dLaneRecord } from './lane-record.js';
import { makeCluster } from './parts/make-cluster.js';
import { makeNetwork } from './parts/make-network.js';
import { makeOpenBao } from './parts/make-openbao.js';
import { makeOperator } from './parts/make-operator.js';
import { makeSecrets } from './parts/make-secrets.js';
import { makeStorage } from './parts/make-storage.js';
import { makeTransit } from './parts/make-transit.js';
import type { EdgeName } from '../made/names.js';
import { storagePort } from './names.js';
import { optionsOf } from './options.js';

export interface LaneBuilder {
  /** What is known of the lane before it is there. */
  readonly base: Omit<LaneContext, 'id' | 'options' | 'progress' | 'signal'>;
  /** Ports other lanes have, running or not. */
  readonly takenPorts: () => Promise<ReadonlySet<number>>;
  /** Says what a plan may choose. Read only where a lane is built: a setting that is wrong must not keep clients from coming back. */
  readonly environment: Environment;
  /** Runs one part at a time, whoever asks. */
  readonly whilePart: <T>(part: LanePart, run: () => Promise<T>, signal: AbortSignal) => Promise<T>;
}

/**
 * Every part, stage by stage.
 *
 * @throws KnownFailure `ImageNotAllowed` or `AddressNotAllowed`: the worker's administrator has to allow it first; `InvalidAllowance`:
 *   what is allowed cannot be read.
 * @throws KnownFailure `LaneDiffers`: the lane is there with other options.
 * @throws KnownFailure `LaneBusy`: a drill has the lane, and has shut a side.
 * @throws KnownFailure naming what could not be made, as its own objects say.
 */
export const buildLane = async (
  builder: LaneBuilder,
  request: ProvisionRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<LaneContext> => {
  const context = await openLane(builder, request, progress, signal);
  for (const stage of provisioningStages('k3d')) {
    await settleAll(stage.map((part) => builder.whilePart(part, () => makePart(context, part, request), signal)));
  }
  progress(`lane ${context.lane}: up`);
  return context;
};

/** One of them. Those of the stages before have to be made. */
export const buildPart = async (
  builder: LaneBuilder,
  part: LanePart,
  request: ProvisionRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> => {
  const context = await openLane(builder, request, progress, signal);
  await builder.whilePart(part, () => makePart(context, part, request), signal);
};

/** The lane's record, its secrets, and its sides open again: what every part is made on. */
const openLane = async (
  builder: LaneBuilder,
  request: ProvisionRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<LaneContext> => {
  const { lane, recordFile, paths, materials } = builder.base;
  const options = optionsOf(request.options);
  // First of all: what is not allowed leaves nothing behind.
  await assertAllowed(options, allowancesIn(builder.environment));
  await ensurePrivateFolder(paths.folder);
  const { record } = await recordFile.create(
    () => newRecord(builder, request.owner, options),
    async (made) => {
      progress(`lane ${lane}: new`);
      await generatePasswords(lane, materials);
      made.materialsReady = true;
    },
  );
  assertSameOptions(record, options);
  await reopenSidesFor(request, recordFile, progress);
  return { ...builder.base, id: record.id, options, progress, signal };
};

const newRecord = async (
  { base: { lane, tools }, takenPorts }: LaneBuilder,
  owner: string,
  options: K3dLaneOptions,
): Promise<K3dLaneRecord> => {
  const storage =
    options.storage === 'container'
      ? 'container'
      : (await tools.ensureS3Server()).tool === 'rustfs'
        ? 'rustfs'
        : 'weed';
  const edges = await publishedPorts();
  const internal = storage === 'weed' ? seaweedInternalPorts : 0;
  const avoid = await takenPorts();
  return {
    kind: 'k3d',
    layout: 1,
    lane,
    id: `${lane}.${randomBytes(4).toString('hex')}`,
    createdBy: owner,
    options: { ...options, adopt: [...options.adopt] },
    storage,
    ports: {
      edges,
      storage: await freeStoragePort(options, avoid),
      storageInternal: await findFreePorts(internal, { avoid }),
    },
    materialsReady: false,
    parts: {},
    gatewayDefinitions: [],
    ready: [],
    clientsAt: 'source',
    processes: {},
  };
};

/** The published lane's, unless somebody listens there. */
const freeStoragePort = async ({ hostAddress }: K3dLaneOptions, avoid: ReadonlySet<number>): Promise<number> => {
  const hosts = ['127.0.0.1', ...(hostAddress === undefined ? [] : [hostAddress])];
  const taken = await Promise.all(hosts.map((host) => acceptsConnections(storagePort, host)));
  if (!taken.includes(true) && !avoid.has(storagePort)) return storagePort;
  return (await findFreePorts(1, { avoid }))[0]!;
};

const makePart = async (context: LaneContext, part: LanePart, request: ProvisionRequest): Promise<void> => {
  context.signal.throwIfAborted();
  const makers: Readonly<Record<string, () => Promise<void>>> = {
    network: () => makeNetwork(context),
    storage: () => makeStorage(context),
    transit: () => makeTransit(context),
    ...forEach(['infra', 'source', 'target'] as const, 'cluster', (site: SiteName) => makeCluster(context, site)),
    ...forEach(['infra', 'source', 'target', 'clients'] as const, 'gateway', (name: EdgeName) =>
      makeEdge(context, name),
    ),
    ...forEach(pairSides, 'operator', (side) => makeOperator(context, side)),
    ...forEach(pairSides, 'secrets', (side) => makeSecrets(context, side)),
    ...forEach(pairSides, 'openbao', (side) => makeOpenBao(context, side, request)),
  };
  const make = Object.hasOwn(makers, part) ? makers[part] : undefined;
  if (make === undefined) {
    throw new KnownFailure('UnknownLanePart', 'A k3d lane has no such part', { facts: { part } });
  }
  await make();
};

const forEach = <Name extends string>(
  names: readonly Name[],
  prefix: string,
  make: (name: Name) => Promise<void>,
): Record<string, () => Promise<void>> =>
  Object.fromEntries(names.map((name) => [`${prefix}-${name}`, () => make(name)]));

const assertSameOptions = (record: K3dLaneRecord, options: K3dLaneOptions): void => {
  const recorded: Readonly<Record<string, unknown>> = record.options;
  const asked: Readonly<Record<string, unknown>> = { ...options };
  const differences = [...new Set([...Object.keys(recorded), ...Object.keys(asked)])]
    .filter((name) => shown(recorded[name]) !== shown(asked[name]))
    .map((name) => `${name} is ${shown(recorded[name])}, not ${shown(asked[name])}`);
  assertNoDifferences(record.lane, differences);
};

/** The order of what is adopted means nothing. */
const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : canonicalJson(Array.isArray(value) ? [...(value as string[])].sort() : value);
