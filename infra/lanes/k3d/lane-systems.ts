/** The programs that make a k3d lane, each found when it is first needed: who adopts what is there needs fewer of them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clusters } from '../../../activities/ports/clusters.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import type { KubernetesAccess } from '../../../domain/pair/topology.js';
import { errorCode } from '../../../systems/files/storage-failure.js';
import { createDocker, type Docker } from '../../../systems/docker/docker.js';
import { createHelm, type Helm } from '../../../systems/helm/helm.js';
import { createK3d, type K3d } from '../../../systems/k3d/k3d.js';
import type { Environment, ToolBox } from '../../../systems/tools/index.js';
import { createClusters } from '../../connect/clusters.js';
import type { MaterialFiles } from '../../state/materials.js';
import { importImages } from './machine/import-images.js';
import type { LaneImage } from './machine/images.js';

/** Everything outside this program that a k3d lane deals with, but OpenBao and the bucket. */
export interface LaneSystems {
  readonly clusters: Clusters;
  docker(): Promise<Docker>;
  k3d(): Promise<K3d>;
  helm(access: KubernetesAccess): Promise<Helm>;
  /** {@link importImages} */
  importImages(images: readonly LaneImage[], clusters: readonly string[], signal: AbortSignal): Promise<unknown>;
  /**
   * The YAML of Gateway API's definitions: from its release, or from where the user has it.
   *
   * @throws KnownFailure `GatewayDefinitionsMissing`.
   */
  gatewayDefinitions(signal: AbortSignal): Promise<string>;
}

export interface LaneSystemsOptions {
  readonly tools: Pick<ToolBox, 'ensure'>;
  readonly materials: Pick<MaterialFiles, 'fileOf'>;
  /** `OPENBAO_DR_GATEWAY_CRDS` of it names a file or a folder to use in place of the release. */
  readonly environment: Environment;
  /** Home of the programs: private, and made when needed. */
  readonly folder: string;
}

export const createLaneSystems = ({ tools, materials, environment, folder }: LaneSystemsOptions): LaneSystems => ({
  clusters: createClusters({ tools, materials, environment, folder }),
  docker: async () => createDocker({ docker: (await tools.ensure('docker')).path, environment }),
  k3d: async () => createK3d({ k3d: (await tools.ensure('k3d')).path, environment, folder: join(folder, 'k3d') }),
  helm: async ({ context, kubeconfig }) =>
    createHelm({
      helm: (await tools.ensure('helm')).path,
      context,
      ...(kubeconfig === undefined ? {} : { kubeconfig: await materials.fileOf(kubeconfig) }),
      environment,
      folder: join(folder, 'helm'),
    }),
  importImages: async (images, clusters, signal) => {
    const [docker, k3d] = await Promise.all([tools.ensure('docker'), tools.ensure('k3d')]);
    const programs = { docker: docker.path, k3d: k3d.path, environment, folder: join(folder, 'k3d'), signal };
    return importImages(images, clusters, programs);
  },
  gatewayDefinitions: (signal) => {
    const named = environment['OPENBAO_DR_GATEWAY_CRDS'];
    return named === undefined || named === '' ? download(signal) : readHere(named);
  },
});

/** The standard channel of the first line that serves TLSRoute v1. */
export const gatewayDefinitionsUrl =
  'https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.1/standard-install.yaml';
const downloadTimeoutMs = 60_000;

const download = async (signal: AbortSignal): Promise<string> => {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(downloadTimeoutMs)]);
    const response = await fetch(gatewayDefinitionsUrl, { signal: limit });
    if (response.ok) return await response.text();
    throw missing(`${gatewayDefinitionsUrl} answered ${response.status}`);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof KnownFailure ? error : missing(`${gatewayDefinitionsUrl} could not be read`, error);
  }
};

const readHere = async (path: string): Promise<string> => {
  try {
    if (!(await stat(path)).isDirectory()) return await readFile(path, 'utf8');
    const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('kustomization'));
    const texts = await Promise.all(names.sort().map((name) => readFile(join(path, name), 'utf8')));
    if (texts.length > 0) return texts.join('\n---\n');
  } catch (error) {
    throw missing(`${path} could not be read`, error);
  }
  throw missing(`${path} holds no YAML files`);
};

const missing = (why: string, cause?: unknown): KnownFailure =>
  new KnownFailure(
    'GatewayDefinitionsMissing',
    `Gateway API's definitions are not in the cluster, and ${why}: name a file or folder that holds them in OPENBAO_DR_GATEWAY_CRDS, or install them yourself`,
    { facts: { code: errorCode(cause) }, cause },
  );
