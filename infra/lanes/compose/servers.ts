/** The lane's OpenBao servers: their configuration, their containers, and how a new one gets its mounts and identities. */
import { rm } from 'node:fs/promises';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { baseline, type PairSide } from '../../../domain/pair/topology.js';
import { awaiting } from '../../../systems/openbao/api/awaited-server.js';
import { createOpenBao, type OpenBao } from '../../../systems/openbao/api/client.js';
import { renderServerConfig, type StaticSeal, type TransitSealStanza } from '../../../systems/openbao/server-config.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { materialRef, sealTokenOf } from '../made/lane-materials.js';
import { setUpInfra, transitMount } from '../made/set-up/set-up-infra.js';
import { sealKeysOf } from '../made/set-up/seal-keys.js';
import { setUpSite } from '../made/set-up/set-up-site.js';
import type { StatusAnswer } from './containers/containers.js';
import { type ComposeLaneContext, ensureServiceFolder, writeServiceFile } from './lane-context.js';
import { serverPaths } from './lane-paths.js';
import type { ComposeLaneRecord } from './lane-record.js';
import type { ServerName } from '../made/names.js';
import { edgeAmongContainers, inContainer, ports } from './names.js';
import { describeMs } from '../../../domain/units.js';

/** Holds no secret: the token is in a file of its own, which the configuration names. */
export const writeServerConfig = async (context: ComposeLaneContext, name: ServerName): Promise<void> => {
  const inside = serverPaths(inContainer);
  const config = renderServerConfig({
    clusterName: baseline.clusterNames[name],
    nodeId: `${name}-0`,
    // Its own name on its one network: that is the address it listens at, and no other.
    host: name,
    apiPort: ports.api,
    clusterPort: ports.cluster,
    dataFolder: inside.data,
    certificateFile: inside.certificate,
    keyFile: inside.key,
    seal: sealOf(context.record, name),
  });
  await writeServiceFile(context, context.paths.server(name).config, config);
};

const sealOf = (record: ComposeLaneRecord, name: ServerName): StaticSeal | TransitSealStanza => {
  const inside = serverPaths(inContainer);
  if (name === 'infra') return { type: 'static', keyId: 'infra-1', keyFile: inside.unsealKey };
  return {
    type: 'transit',
    address: edgeAmongContainers('infra'),
    serverName: baseline.hosts.infra,
    caFile: inside.ca,
    mountPath: `${transitMount}/`,
    keyName: sealKeysOf(record)[name],
    tokenFile: inside.sealToken,
  };
};

/**
 * Makes one server ready: initialised, unsealed, set up. A server whose set-up was cut short is made anew, as its root token
 * is gone: nothing half-made is ever adopted. Its edge has to be open if it is new.
 *
 * @throws KnownFailure `ServerNotReady` (a retry may help): its container ended, or does not answer in time.
 */
export const ensureServer = async (context: ComposeLaneContext, name: ServerName): Promise<void> => {
  const { recordFile, progress } = context;
  const ready = (await recordFile.read())?.ready.includes(name) === true;
  const status = await startServer(context, name);
  if (!ready) {
    if (status.initialized) {
      await wipeServer(context, name);
      await startServer(context, name);
    }
    await setUpServer(context, name);
    progress(`${name}: initialised, set up, root token revoked`);
    return;
  }
  if (status.sealed && !(await unsealsByItself(context, name))) {
    // One that lost Transit in the middle of a restore seals itself, and tries again only when it starts.
    progress(`${name}: sealed, restarted`);
    await restartServer(context, name);
  }
  await unsealed(context, name);
};

/** Starts the server, or adopts the one that runs, and waits until it answers at all: sealed and uninitialised are answers. */
export const startServer = async (context: ComposeLaneContext, name: ServerName): Promise<ServerStatus> => {
  const { paths, containers, signal } = context;
  await ensureServiceFolder(context, paths.server(name).data);
  await ensureServiceFolder(context, paths.server(name).temporary);
  if (name !== 'infra') await writeSealToken(context, name);
  await containers.start([name], signal);
  return awaitStatus(context, name, 'to answer', () => true);
};

export const restartServer = async (context: ComposeLaneContext, name: ServerName): Promise<ServerStatus> => {
  await context.containers.stop([name], context.signal);
  return startServer(context, name);
};

/** Ends the server and removes its data; its certificate and its configuration stay. */
export const wipeServer = async (context: ComposeLaneContext, name: ServerName): Promise<void> => {
  const { recordFile, containers, paths, signal } = context;
  await recordFile.update((record) => {
    record.ready = record.ready.filter((other) => other !== name);
  });
  if ((await containers.state(name, signal)) !== undefined) await containers.stop([name], signal);
  const { data, temporary } = paths.server(name);
  await Promise.all([data, temporary].map((folder) => rm(folder, { recursive: true, force: true })));
};

export const unsealed = async (context: ComposeLaneContext, name: ServerName): Promise<void> => {
  await awaitStatus(context, name, 'to be unsealed and active', ({ sealed }) => !sealed);
};

/** What a side's server cannot start without, from infra. */
export const writeSealToken = async (context: ComposeLaneContext, side: PairSide): Promise<void> => {
  const { lane, materials, paths } = context;
  const token = await materials.read(materialRef(lane, sealTokenOf[side]));
  await writeServiceFile(context, paths.server(side).sealToken, token);
};

/** Through its edge, as everybody: a lane publishes no server of its own. */
const setUpServer = async (context: ComposeLaneContext, name: ServerName): Promise<void> => {
  const { lane, materials, paths, recordFile, signal } = context;
  const openbao = await connect(context, name);
  await reachable(openbao, name, signal);
  const { rootToken } = await openbao.initialize({ recoveryShares: 1, recoveryThreshold: 1 });
  await active(openbao, name, signal);
  const root = openbao.useToken(rootToken);
  if (name === 'infra') {
    const record = (await recordFile.read()) ?? context.record;
    const sealKeys = sealKeysOf(record);
    await setUpInfra({ lane, materials, sealKeys, evidenceKeys: paths.evidenceKeys }, root);
  } else {
    await setUpSite({ lane, materials, signal }, root, name);
  }
  await root.revokeSelf();
  await recordFile.update((record) => {
    record.ready.push(name);
    if (name === 'target') delete record.targetUsedBy;
  });
};

const connect = async ({ lane, reach, materials }: ComposeLaneContext, name: ServerName): Promise<OpenBao> =>
  createOpenBao({
    address: reach.edge(name),
    serverName: baseline.hosts[name],
    caPem: await materials.read(materialRef(lane, 'ca')),
  });

const reachable = async (openbao: OpenBao, name: ServerName, signal: AbortSignal | undefined): Promise<void> => {
  const answers = awaiting(async () => (await openbao.health()).status > 0 || undefined);
  await waitUntil(answers, { what: `OpenBao ${name} to answer through its edge`, ...waiting(signal) });
};

const active = async (openbao: OpenBao, name: ServerName, signal: AbortSignal | undefined): Promise<void> => {
  const isActive = awaiting(async () => (await openbao.health()).status === 200 || undefined);
  await waitUntil(isActive, { what: `OpenBao ${name} to be unsealed and active`, ...waiting(signal) });
};

const waiting = (signal: AbortSignal | undefined) => ({
  timeoutMs: 60_000,
  intervalMs: 50,
  ...(signal === undefined ? {} : { signal }),
});

export interface ServerStatus {
  readonly initialized: boolean;
  readonly sealed: boolean;
}

const sealedForMs = 3_000;

const unsealsByItself = async (context: ComposeLaneContext, name: ServerName): Promise<boolean> => {
  try {
    await awaitStatus(context, name, 'to unseal by itself', ({ sealed }) => !sealed, sealedForMs);
    return true;
  } catch (error) {
    if (isKnownFailure(error, 'ServerNotReady')) return false;
    throw error;
  }
};

/**
 * Asks the server in its own container, past every edge: it may be fenced.
 *
 * @throws KnownFailure `ServerNotReady` (a retry may help).
 */
const awaitStatus = async (
  { containers, signal }: ComposeLaneContext,
  name: ServerName,
  what: string,
  wanted: (status: ServerStatus) => boolean,
  timeoutMs = 60_000,
): Promise<ServerStatus> => {
  try {
    return await waitUntil(
      async () => {
        const state = await containers.state(name, signal);
        if (state?.running !== true) return undefined;
        const status = readStatus(await containers.status(name, undefined, signal));
        return status !== undefined && wanted(status) ? status : undefined;
      },
      { what: `OpenBao ${name} ${what}`, timeoutMs, intervalMs: 100, ...(signal === undefined ? {} : { signal }) },
    );
  } catch (error) {
    if (!isKnownFailure(error, 'TimedOut')) throw error;
    const state = await containers.state(name, signal);
    throw new KnownFailure(
      'ServerNotReady',
      `OpenBao ${name} did not come ${what} within ${describeMs(timeoutMs)}${state?.running === true ? '' : ', and its container has ended'}: its log says why ("docker compose logs ${name}")`,
      { retryable: true, facts: { exitCode: state?.exitCode }, cause: error },
    );
  }
};

/** Of `bao status -format=json`; undefined while the server does not answer. */
export const readStatus = ({ output }: StatusAnswer): ServerStatus | undefined => {
  const start = output.indexOf('{');
  if (start < 0) return undefined;
  try {
    const { initialized, sealed } = JSON.parse(output.slice(start, output.lastIndexOf('}') + 1)) as Record<
      string,
      unknown
    >;
    return typeof initialized === 'boolean' && typeof sealed === 'boolean' ? { initialized, sealed } : undefined;
  } catch {
    return undefined;
  }
};
