/** One OpenBao server of a lane: its configuration, its process, and the endpoint to set it up through. */
import { mkdir } from 'node:fs/promises';
import type { Materials } from '../../../activities/ports/materials.js';
import { baseline } from '../../../domain/pair/topology.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import { createOpenBao, type OpenBao } from '../../../systems/openbao/api/client.js';
import {
  renderServerConfig,
  type StaticSeal,
  type TransitSealStanza,
  TRANSIT_TOKEN_VARIABLE,
} from '../../../systems/openbao/server-config.js';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { awaitProcess } from '../made/processes/await-process.js';
import type { LanePaths } from './lane-paths.js';
import type { LaneRecord } from './lane-record.js';
import type { ServerName } from '../made/names.js';
import { materialRef, sealTokenOf } from '../made/lane-materials.js';
import { sealKeysOf } from '../made/set-up/seal-keys.js';
import { transitMount } from '../made/set-up/set-up-infra.js';
import type { Supervisor } from '../made/processes/supervisor.js';

export interface ServerContext {
  readonly paths: LanePaths;
  readonly materials: Materials;
  readonly supervisor: Supervisor;
  readonly record: LaneRecord;
  /** Path of the `bao` program. */
  readonly bao: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts the server, or adopts the one that runs, and waits until it answers at all: sealed and uninitialised are answers.
 *
 * @throws KnownFailure `ServerNotReady` naming its log: it ended, or does not answer.
 */
export const startServer = async (context: ServerContext, name: ServerName): Promise<OpenBao> => {
  const { paths, record, supervisor, bao, signal } = context;
  const { home, data, config, log, certificate, key } = paths.server(name);
  const { api, cluster } = record.ports.servers[name];
  await ensurePrivateFolder(home);
  await mkdir(data, { recursive: true, mode: 0o700 });
  const rendered = renderServerConfig({
    clusterName: baseline.clusterNames[name],
    nodeId: `${name}-0`,
    host: '127.0.0.1',
    apiPort: api,
    clusterPort: cluster,
    dataFolder: data,
    certificateFile: certificate,
    keyFile: key,
    seal: sealOf(context, name),
  });
  await supervisor.ensure({
    name: `bao-${name}`,
    ports: [api, cluster],
    prepare: () => writePrivateFile(config, rendered),
    file: bao,
    args: ['server', `-config=${config}`],
    env: await environmentOf(context, name),
    cwd: home,
    logFile: log,
  });
  const openbao = await connectDirectly(context, name);
  await awaitProcess(
    supervisor,
    { name: `bao-${name}`, what: `OpenBao ${name}`, logFile: log, timeoutMs: 60_000, signal },
    () => answers(openbao),
  );
  return openbao;
};

/** Past the edges: only for setting a server up. */
const connectDirectly = async (
  { record, materials }: Pick<ServerContext, 'record' | 'materials'>,
  name: ServerName,
): Promise<OpenBao> =>
  createOpenBao({
    address: `https://127.0.0.1:${record.ports.servers[name].api}`,
    serverName: baseline.hosts[name],
    caPem: await materials.read(materialRef(record.lane, 'ca')),
  });

const answers = async (openbao: OpenBao): Promise<boolean> => {
  try {
    await openbao.health();
    return true;
  } catch (error) {
    if (isKnownFailure(error, 'OpenBaoUnreachable')) return false;
    throw error;
  }
};

const sealOf = ({ paths, record }: ServerContext, name: ServerName): StaticSeal | TransitSealStanza =>
  name === 'infra'
    ? { type: 'static', keyId: 'infra-1', keyFile: paths.server('infra').unsealKey }
    : {
        type: 'transit',
        address: `https://127.0.0.1:${record.ports.edges.infra}`,
        serverName: baseline.hosts.infra,
        caFile: paths.ca,
        mountPath: `${transitMount}/`,
        keyName: sealKeysOf(record)[name],
      };

/** Nothing is inherited: a stray BAO_ADDR would change the seal. The seal token is in no file and no argument. */
const environmentOf = async (
  { paths, record, materials }: ServerContext,
  name: ServerName,
): Promise<Record<string, string>> => {
  const home = { HOME: paths.server(name).home };
  if (name === 'infra') return home;
  const token = await materials.read(materialRef(record.lane, sealTokenOf[name]));
  return { ...home, [TRANSIT_TOKEN_VARIABLE]: token };
};
