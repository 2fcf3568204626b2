/** Small worlds for the tests of this room: scripts that pose as kubectl, objects, and real API servers where there are any. */
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isKnownFailure } from '../../../domain/known-failure.js';
import { type Cluster, type ClusterOptions, createCluster } from '../../../systems/kubernetes/cluster.js';
import { type KubernetesEvent, type KubernetesObject } from '../../../systems/kubernetes/objects.js';
import { createToolBox, defaultCacheFolder } from '../../../systems/tools/index.js';

export const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-kubernetes-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** The real program, installed as for users. */
export const realKubectl = async (): Promise<string> =>
  (
    await createToolBox({
      environment: process.env,
      cacheFolder: defaultCacheFolder(process.env, homedir()),
    }).ensure('kubectl')
  ).path;

export interface Recording {
  readonly args: readonly string[];
  readonly input: string;
  readonly env: Readonly<Record<string, string>>;
  /** What was in the file named by `--patch-file`. */
  readonly patch?: string;
}

/** A program that writes down how it was called, and then prints and ends as told. */
export const recorder = async ({ stdout = '', stderr = '', exitCode = 0 } = {}): Promise<{
  readonly file: string;
  readonly folder: string;
  readonly calls: () => Promise<readonly Recording[]>;
}> => {
  const folder = await emptyFolder();
  const file = join(folder, 'program.cjs');
  const calls = join(folder, 'calls');
  const body = `
    const fs = require('fs');
    const args = process.argv.slice(2);
    const at = args.indexOf('--patch-file');
    const patch = at < 0 ? undefined : fs.readFileSync(args[at + 1], 'utf8');
    const call = { args, input: fs.readFileSync(0, 'utf8'), env: process.env, patch };
    fs.appendFileSync(${JSON.stringify(calls)}, JSON.stringify(call) + '\\n');
    fs.writeSync(1, ${JSON.stringify(stdout)});
    fs.writeSync(2, ${JSON.stringify(stderr)});
    process.exit(${exitCode});`;
  await writeFile(file, `#!${process.execPath}\n${body}\n`, { mode: 0o755 });
  return {
    file,
    folder,
    calls: async () =>
      (await readFile(calls, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Recording),
  };
};

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
