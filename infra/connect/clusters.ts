/** Resolves what a topology says of a Kubernetes cluster to one that can be used. */
import { join } from 'node:path';
import type { Clusters } from '../../activities/ports/clusters.js';
import { createCluster } from '../../systems/kubernetes/cluster.js';
import type { Environment, ToolBox } from '../../systems/tools/index.js';
import type { MaterialFiles } from '../state/materials.js';

export interface ClustersOptions {
  readonly tools: Pick<ToolBox, 'ensure'>;
  readonly materials: Pick<MaterialFiles, 'fileOf'>;
  /** Whose `PATH`, and whose `KUBECONFIG` where an access names none. */
  readonly environment: Environment;
  /** Home and cache of kubectl: private, and made when needed. */
  readonly folder: string;
}

export const createClusters = ({ tools, materials, environment, folder }: ClustersOptions): Clusters => ({
  at: async ({ context, kubeconfig }) =>
    createCluster({
      kubectl: (await tools.ensure('kubectl')).path,
      context,
      ...(kubeconfig === undefined ? {} : { kubeconfig: await materials.fileOf(kubeconfig) }),
      environment,
      folder: join(folder, 'kubectl'),
    }),
});
