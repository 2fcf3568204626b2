/** Small worlds for the tests of this room: objects, and real API servers where there are any. */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { type Cluster, type ClusterOptions, createCluster } from '../../../systems/kubernetes/cluster.js';
import { type KubernetesEvent, type KubernetesObject } from '../../../systems/kubernetes/objects.js';
import { createToolBox, defaultCacheFolder } from '../../../systems/tools/index.js';
import { emptyFolder } from '../../support/recorder.js';

/** The real program, installed as for users. */
export const realKubectl = async (): Promise<string> =>
  (
    await createToolBox({
      environment: process.env,
      cacheFolder: defaultCacheFolder(process.env, homedir()),
    }).ensure('kubectl')
  ).path;

export const clusterWith = async (kubectl: string, options: Partial<ClusterOptions> = {}): Promise<Cluster> =>
  createCluster({
    kubectl,
    context: 'a-context',
    environment: { PATH: process.env['PATH'], HOME: '/home/somebody', SECRET: 'of the worker' },
    folder: join(await emptyFolder(), 'kubectl'),
    ...options,
  });

export const podOf = (status: unknown, name = 'a-0'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'n' },
  status,
});

export const warning = (
  reason: string,
  message: string,
  regarding: KubernetesEvent['regarding'] = { kind: 'Pod', name: 'a-0' },
): KubernetesEvent => ({
  type: 'Warning',
  reason,
  message,
  count: 1,
  lastSeenAt: '2026-01-01T00:00:00Z',
  regarding,
});

/** Three clusters that stand in for those of k3d; not everybody has them. Their contexts are named as k3d names them. */
const labKubeconfig =
  process.env['OPENBAO_DR_LAB_KUBECONFIG'] ?? join(homedir(), '.cache', 'openbao-dr-k8s-lab', 'kubeconfig');
export const labContext = 'k3d-openbao-dr-source';

export type Lab =
  { readonly kubeconfig: string; readonly kubectl: string } | { readonly kubeconfig?: never; readonly reason: string };

/** Real API servers, or why there are none. */
export const findLab = async (): Promise<Lab> => {
  const there = await access(labKubeconfig).then(
    () => true,
    () => false,
  );
  if (!there) return { reason: 'no clusters are set up: OPENBAO_DR_LAB_KUBECONFIG names none' };
  const kubectl = await realKubectl();
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-kubernetes-'));
  try {
    const options = { kubectl, context: labContext, kubeconfig: labKubeconfig, environment: process.env, folder };
    await createCluster({ ...options, requestTimeoutMs: 3_000 }).raw('/readyz');
    return { kubeconfig: labKubeconfig, kubectl };
  } catch (error) {
    if (!isKnownFailure(error)) throw error;
    return { reason: `the clusters do not answer: ${error.type}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
