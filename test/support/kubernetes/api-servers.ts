/**
 * Two real API servers, one for each side of a pair, for tests that play an operator on them. They are found, not made: which
 * ones, the environment says.
 *
 *   OPENBAO_DR_API_SERVERS_KUBECONFIG   file with both contexts
 *   OPENBAO_DR_API_SERVERS              names of the contexts, `source,target`; default: those of the published lane
 *   OPENBAO_DR_API_SERVERS_HOST         address at which they reach this machine; default: the one this machine asks them from
 *   OPENBAO_DR_KUBECTL                  within one minor version of both; default: the one the program installs
 */
import { constants } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { isKnownFailure } from '../../../domain/known-failure.js';
import type { PairSide } from '../../../domain/pair/topology.js';
import { type Cluster, createCluster } from '../../../systems/kubernetes/cluster.js';
import { createToolBox, defaultCacheFolder } from '../../../systems/tools/index.js';
import { findForeignOperator } from '../operator/foreign.js';

export interface ApiServers {
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly contexts: Readonly<Record<PairSide, string>>;
}

const { env } = process;
const sides = ['source', 'target'] as const;

/** Those that a stand-in may be put on, or in one sentence what keeps it from that. */
export const findApiServers = async (): Promise<ApiServers | string> => {
  const kubeconfig = env['OPENBAO_DR_API_SERVERS_KUBECONFIG'] ?? '';
  if (kubeconfig === '') return 'no API servers are set up: OPENBAO_DR_API_SERVERS_KUBECONFIG names none';
  if (!(await isThere(kubeconfig))) return `there is no ${kubeconfig}`;
  const names = (env['OPENBAO_DR_API_SERVERS'] ?? 'k3d-openbao-dr-source,k3d-openbao-dr-target').split(',');
  const [source = '', target = ''] = names;
  if (source === '' || target === '' || source === target) return 'OPENBAO_DR_API_SERVERS has to name two contexts';
  try {
    const servers = { kubeconfig, kubectl: await findKubectl(), contexts: { source, target } };
    await using opened = await openApiServers(servers);
    for (const side of sides) {
      await opened[side].assertSkew();
      const foreign = await findForeignOperator(opened[side], side);
      if (foreign !== undefined) return `${foreign}, in ${servers.contexts[side]}: what is there stays untouched`;
    }
    return servers;
  } catch (error) {
    if (isKnownFailure(error)) return error.message;
    throw error;
  }
};

const findKubectl = async (): Promise<string> => {
  const tools = createToolBox({ environment: env, cacheFolder: defaultCacheFolder(env, homedir()) });
  return (await tools.ensure('kubectl')).path;
};

/** As an administrator. Disposing removes kubectl's private folder, and nothing else. */
export const openApiServers = async ({
  kubeconfig,
  kubectl,
  contexts,
}: ApiServers): Promise<Readonly<Record<PairSide, Cluster>> & AsyncDisposable> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-api-servers-'));
  const open = (side: PairSide): Cluster =>
    createCluster({ kubectl, kubeconfig, context: contexts[side], environment: env, folder: join(folder, 'kubectl') });
  return {
    source: open('source'),
    target: open('target'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
};

export interface ApiServerAddress {
  /** `https://host:port` */
  readonly url: string;
  /** Base64 of PEM. */
  readonly authority: string;
  /** At which the server reaches this machine. */
  readonly host: string;
}

export const addressOf = async ({ kubeconfig, kubectl }: ApiServers, context: string): Promise<ApiServerAddress> => {
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '--output', 'json'];
  const { stdout } = await execa(kubectl, ['--kubeconfig', kubeconfig, '--context', context, ...view]);
  const { clusters } = JSON.parse(stdout) as { clusters: readonly [{ cluster: Record<string, string> }] };
  const { server = '', 'certificate-authority-data': authority = '' } = clusters[0].cluster;
  return { url: server, authority, host: env['OPENBAO_DR_API_SERVERS_HOST'] ?? (await ownAddressTowards(server)) };
};

const ownAddressTowards = async (url: string): Promise<string> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port === '' ? 443 : port), hostname);
  try {
    await once(socket, 'connect');
    return socket.localAddress ?? '127.0.0.1';
  } finally {
    socket.destroy();
  }
};

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
