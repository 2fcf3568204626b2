/** The operator's stand-in on a real API server: everything it needs there, and how it goes away again. */
import { operatorKinds } from '../../../systems/openbao-operator/objects.js';
import type { OperationLock } from '../../../systems/openbao-operator/lock.js';
import { textAt } from '../../../domain/fields.js';
import { baseline, type Bucket, type PairSide } from '../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject, ObjectRef } from '../../../systems/kubernetes/cluster.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import type { BackupFaults } from './backups.js';
import { type OperatorController, type OperatorLine, startOperatorController } from './controller.js';
import {
  clusterObject,
  definitionNames,
  healthyStatus,
  operatorDefinitions,
  standInLabel,
  standInLabels,
} from './definitions.js';
import { namespacesOf } from './foreign.js';
import { programOfJobs } from './jobs/jobs.js';
import { kubernetesTime } from './objects-in-memory.js';
import { type OpenBaoJobs, openbaoJobs, operatorCanLogIn } from './jobs/openbao-jobs.js';
import { startStandInNode } from './jobs/stand-in-node.js';
import { operatorAccount } from './trust.js';

export interface OperatorOnApiServer extends AsyncDisposable {
  /** As an administrator. */
  readonly cluster: Cluster;
  readonly faults: BackupFaults;
  /** Has the operator be of this line from now on: its resources' definitions and how it ends a restore. */
  useLine(line: OperatorLine): Promise<void>;
  /** The side's `OpenBaoCluster`, healthy, backed up into this bucket. `keys` are secret. */
  manage(bucket: Bucket, keys: { readonly accessKeyId: string; readonly secretAccessKey: string }): Promise<void>;
  /** Holds the cluster's lock as somebody else, or releases whatever lock there is. */
  setLock(lock: OperationLock | undefined): Promise<void>;
}

export interface OperatorOnApiServerOptions extends Pick<OpenBaoJobs, 'openbao'> {
  /** As an administrator. */
  readonly cluster: Cluster;
  readonly side: PairSide;
  /** Of this machine, as the API server reaches it. */
  readonly host: string;
  /** Identities of drills, and what else there is to be before any. */
  readonly objects: readonly KubernetesObject[];
}

/** Name of the Secret with the bucket's keys, as the published lane has it. */
export const storageSecret = 'rustfs-secret';
export const jobImage = 'openbao-dr.invalid/operator-jobs:1';

const intervalMs = 700;

/** Takes away first what an earlier run may have left. Whether all of it is the stand-in's own has been looked at by then. */
export const startOperatorOnApiServer = async ({
  cluster,
  side,
  host,
  objects,
  openbao,
}: OperatorOnApiServerOptions): Promise<OperatorOnApiServer> => {
  const name = baseline.clusterNames[side];
  const ref: ObjectRef = { kind: operatorKinds.clusters, name, namespace: name };
  const faults: BackupFaults = { statusLagMs: 0, statusSticks: false };
  const jobs = { cluster, openbao };
  let controller: OperatorController | undefined;

  await clearAway(cluster, side);
  await cluster.apply(namespacesOf(side).map(namespaceObject));
  await cluster.apply([...objects, ownAccount]);
  const node = await startStandInNode({
    cluster,
    name: `openbao-dr-stand-in-${side}`,
    address: host,
    namespace: name,
    program: programOfJobs(openbaoJobs(jobs)),
  });

  return {
    cluster,
    faults,
    async useLine(line) {
      await controller?.stop();
      await cluster.apply(operatorDefinitions(line), { force: true });
      await established(cluster);
      controller = startOperatorController({
        ...{ cluster, namespace: name, name, line, faults, intervalMs },
        canLogIn: () => operatorCanLogIn(jobs),
      });
    },
    async manage({ endpoint, region, name: bucket, forcePathStyle }, keys) {
      const credentials = { name: storageSecret, namespace: name, labels: standInLabels };
      const target = {
        ...{ provider: 's3', endpoint, region, bucket, usePathStyle: forcePathStyle },
        credentialsSecretRef: { name: storageSecret },
      };
      const backup = { target, jwtAuthRole: 'openbao-operator-backup', image: jobImage };
      const [, object] = await cluster.apply(
        [
          { apiVersion: 'v1', kind: 'Secret', metadata: credentials, stringData: keys },
          clusterObject(name, name, { backup }),
        ],
        { force: true },
      );
      if (textAt(object, 'status', 'phase') !== undefined) return;
      await cluster.patch(ref, { status: healthyStatus }, { subresource: 'status' });
    },
    async setLock(lock) {
      const operationLock = lock === undefined ? null : { acquiredAt: kubernetesTime(), ...lock };
      await cluster.patch(ref, { status: { operationLock } }, { subresource: 'status' });
    },
    async [Symbol.asyncDispose]() {
      await controller?.stop();
      await clearAway(cluster, side);
      await node[Symbol.asyncDispose]();
    },
  };
};

const namespaceObject = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: standInLabels },
});

const ownAccount: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: operatorAccount.name, namespace: operatorAccount.namespace, labels: standInLabels },
};

/** An API server takes objects of a new kind a moment after it was told of it. */
const established = async (cluster: Cluster): Promise<void> => {
  for (const name of definitionNames) {
    await waitUntil(
      async () => {
        const definition = await cluster.get({ kind: operatorKinds.definitions, name });
        const conditions = (definition?.['status'] as { conditions?: readonly Condition[] } | undefined)?.conditions;
        return conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ? true : undefined;
      },
      { what: `the API server to take ${name}`, timeoutMs: 30_000, intervalMs: 200 },
    );
  }
};

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** Nobody looks after the restores' finalizers any more: without this their namespace would stay for good. */
const clearAway = async (cluster: Cluster, side: PairSide): Promise<void> => {
  const namespace = baseline.clusterNames[side];
  for (const { metadata } of await cluster.list(operatorKinds.restores, { namespace })) {
    await cluster.patch(
      { kind: operatorKinds.restores, name: metadata.name, namespace },
      { metadata: { finalizers: [] } },
    );
  }
  const selector = standInLabel;
  for (const kind of ['clusterroles.rbac.authorization.k8s.io', 'clusterrolebindings.rbac.authorization.k8s.io']) {
    for (const { metadata } of await cluster.list(kind, { selector }))
      await cluster.remove({ kind, name: metadata.name });
  }
  // Its finalizers wait for pods, and a node that is gone lets none go.
  for (const { metadata } of await cluster.list('pods', { namespace })) {
    await cluster.remove({ kind: 'pods', name: metadata.name, namespace }, { gracePeriodSeconds: 0, wait: false });
  }
  const kinds = ['namespaces', operatorKinds.definitions];
  const found = await Promise.all(
    kinds.map(async (kind) => (await cluster.list(kind, { selector })).map(({ metadata }) => ({ kind, ...metadata }))),
  );
  await Promise.all(found.flat().map(({ kind, name }) => cluster.remove({ kind, name })));
};
