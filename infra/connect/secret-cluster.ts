/** Opens the cluster that `k8s:` references are read from, with the kubeconfig of the worker's own environment. */
import { join } from 'node:path';
import type { KubernetesSecretStore } from '../../domain/pair/secret-stores.js';
import { type Cluster, createCluster } from '../../systems/kubernetes/cluster.js';
import type { Environment, ToolBox } from '../../systems/tools/index.js';

export type OpenSecretCluster = (store: KubernetesSecretStore) => Promise<Pick<Cluster, 'get'>>;

export interface SecretClusterOptions {
  readonly tools: Pick<ToolBox, 'ensure'>;
  /** Whose `PATH` and `KUBECONFIG`. Without a kubeconfig, kubectl takes the cluster that its pod runs in. */
  readonly environment: Environment;
  /** Home and cache of kubectl: private, and made when needed. */
  readonly folder: string;
}

export const createOpenSecretCluster =
  ({ tools, environment, folder }: SecretClusterOptions): OpenSecretCluster =>
  async ({ context }) =>
    createCluster({
      kubectl: (await tools.ensure('kubectl')).path,
      context,
      environment,
      folder: join(folder, 'kubectl'),
    });
