/** One side's `OpenBaoCluster`: what the lane writes in it, and when the operator has made it so. */
import { randomBytes } from 'node:crypto';
import { hash } from 'bcryptjs';
import { listAt, textAt } from '../../../../domain/fields.js';
import { readOperatorCluster, whatIsWrong } from '../../../../systems/openbao-operator/cluster.js';
import { baseline, type PairSide } from '../../../../domain/pair/topology.js';
import type { Cluster, KubernetesObject } from '../../../../systems/kubernetes/cluster.js';
import { bucketRegion } from '../../made/lane-bucket.js';
import { type LaneMaterial, materialRef } from '../../made/lane-materials.js';
import { renderAsset } from '../objects/assets.js';
import { awaitObject } from '../objects/await-object.js';
import { imageOf } from '../machine/images.js';
import type { LaneContext } from '../lane-context.js';
import { hostAddressOf } from './make-network.js';
import { storageForPods } from './make-storage.js';
import { backupRole, edgeNamespace, restoreRole, setUpUser, sideName } from '../names.js';
import { applyOwn } from '../objects/own-objects.js';
import { clusterRef, podsOf } from '../sides/side-server.js';

const { hosts, sealKey, bucket } = baseline;

/** Name of the password that a side is set up with. */
export const setUpPassword: Readonly<Record<PairSide, LaneMaterial>> = { source: 'sourceSetUp', target: 'targetSetUp' };

/** The password is random and works for a minute: more would only keep people waiting. */
const bcryptRounds = 10;

/**
 * Applies it as the plan has it. What it was set up with stays.
 *
 * @returns whether that has changed anything.
 */
export const applyCluster = async (
  context: LaneContext,
  cluster: Cluster,
  side: PairSide,
  found: KubernetesObject | undefined,
): Promise<boolean> => {
  const image = context.options.images.openbao;
  const passwordHash = hashIn(found) ?? (await newPasswordHash(context, side));
  const objects = await renderAsset('openbao-cluster', {
    ...(await valuesOf(context, cluster, side)),
    SETUP_PASSWORD_HASH: passwordHash,
  });
  const withImage = objects.map((object) =>
    object.kind === 'OpenBaoCluster' && image !== undefined
      ? { ...object, spec: { ...(object['spec'] as object), image } }
      : object,
  );
  const [applied] = await applyOwn(context, cluster, withImage);
  return found?.metadata.generation !== applied?.metadata.generation;
};

/** Kept in clear text in the cluster's own store, so never the password itself. */
const newPasswordHash = async ({ lane, materials }: LaneContext, side: PairSide): Promise<string> => {
  const password = randomBytes(24).toString('hex');
  await materials.write(materialRef(lane, setUpPassword[side]), password);
  return hash(password, bcryptRounds);
};

const hashIn = (object: KubernetesObject | undefined): string | undefined =>
  listAt(object, 'spec', 'selfInit', 'requests')
    .map((request) => textAt(request, 'data', 'password_hash'))
    .find((value) => value !== undefined);

const valuesOf = async (context: LaneContext, cluster: Cluster, side: PairSide) => {
  const { options, signal } = context;
  const [service, slices, storage, transit] = await Promise.all([
    cluster.get({ kind: 'services', name: 'kubernetes', namespace: 'default' }, { signal }),
    cluster.list('endpointslices.discovery.k8s.io', {
      namespace: 'default',
      selector: 'kubernetes.io/service-name=kubernetes',
      signal,
    }),
    storageForPods(context),
    transitForPods(context),
  ]);
  const [apiServer] = slices.flatMap((slice) => listAt(slice, 'endpoints').flatMap((end) => listAt(end, 'addresses')));
  return {
    NAMESPACE: sideName(side),
    CLUSTER: sideName(side),
    OPENBAO_VERSION: options.openbaoVersion,
    INIT_IMAGE: imageOf('operator-init', options),
    BACKUP_IMAGE: imageOf('operator-jobs', options),
    SITE_HOST: hosts[side],
    CLIENTS_HOST: hosts.clients,
    TRANSIT_ADDRESS: options.transitAddress,
    INFRA_HOST: hosts.infra,
    SEAL_KEY: side === 'source' ? sealKey : options.targetSealKey,
    TRANSIT_CIDR: transit.cidr,
    TRANSIT_PORT: transit.port,
    STORAGE_CIDR: `${storage.address}/32`,
    STORAGE_PORT: storage.port,
    API_SERVER_CIDR: `${textAt(service, 'spec', 'clusterIP') ?? ''}/32`,
    API_SERVER_ADDRESS: typeof apiServer === 'string' ? apiServer : '',
    EDGE_NAMESPACE: edgeNamespace,
    BUCKET: bucket,
    REGION: bucketRegion,
    BACKUP_ROLE: backupRole,
    RESTORE_ROLE: restoreRole,
    SETUP_USER: setUpUser,
  };
};

/** Where pods end up that dial the Transit address: rules of network policies know addresses, not names. */
const transitForPods = async (context: LaneContext): Promise<{ readonly cidr: string; readonly port: number }> => {
  const { hostname, port } = new URL(context.options.transitAddress);
  const at = { port: Number(port || 443) };
  if (/^[\d.]+$/.test(hostname)) return { cidr: `${hostname}/32`, ...at };
  if (hostname === 'host.k3d.internal') return { cidr: `${await hostAddressOf(context)}/32`, ...at };
  // Only the pods' own resolver knows where a name of another kind leads.
  return { cidr: '0.0.0.0/0', ...at };
};

/** Initialised, unsealed and available, as the operator says. */
export const clusterUp = (context: LaneContext, cluster: Cluster, side: PairSide): Promise<true> =>
  awaitObject(
    cluster,
    {
      ref: clusterRef(side),
      what: `the OpenBaoCluster of ${side} to be available`,
      read: (object) => {
        const { available, initialized, unsealed } = readOperatorCluster(object);
        return available && initialized && unsealed ? true : undefined;
      },
      describe: (object) => describeCluster(side, object),
      workload: podsOf(side),
      timeoutMs: 480_000,
    },
    context,
  );

/** With what the operator has to say on each condition that keeps it from going on. */
const describeCluster = (side: PairSide, object: KubernetesObject): string | undefined => {
  const wrong = whatIsWrong(readOperatorCluster(object));
  if (wrong.length === 0) return undefined;
  const degraded = listAt(object, 'status', 'conditions').find(
    (condition) => textAt(condition, 'type') === 'Degraded' && textAt(condition, 'status') === 'True',
  );
  const why = textAt(degraded, 'message');
  return `${side}: ${wrong.join(', ')}${why === undefined ? '' : `; the operator says: ${why}`}`;
};
