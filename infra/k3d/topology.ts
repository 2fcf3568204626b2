/** A k3d lane as drills see it: everything through the edges, secrets by reference, seals as the API servers have them. */
import { createHash } from 'node:crypto';
import { KnownFailure } from '../../domain/known-failure.js';
import { textAt } from '../../domain/fields.js';
import {
  baseline,
  type Bucket,
  type Login,
  type OperatorAccess,
  type PairSide,
  type TlsEndpoint,
  type Topology,
  type TransitSeal,
} from '../../domain/topology.js';
import { bucketMaterials, bucketRegion } from '../local/storage.js';
import { type LaneMaterial, materialRef } from '../lane-materials.js';
import { transitMount } from '../set-up/set-up-infra.js';
import { backupUser, restoreUser, seederUser, trustUser, verifierUser } from '../set-up/set-up-site.js';
import { edgeFromHere } from './edges.js';
import { accessTo, clusterOf, currentRecord, type LaneContext } from './lane-context.js';
import { storageEndpoint } from './make-storage.js';
import { type EdgeName, restoreRole, secrets, sideName, storagePort, storageService } from './names.js';
import { imageOf } from './images.js';
import { authorityOf, clusterRef } from './side-server.js';

const authorities: Readonly<Record<EdgeName, LaneMaterial>> = { infra: 'ca', ...authorityOf, clients: 'clientsCa' };

export const describeTopology = async (context: LaneContext): Promise<Topology> => {
  const { lane } = context;
  const ref = (material: LaneMaterial) => materialRef(lane, material);
  const login = (username: string, password: LaneMaterial): Login => ({ username, password: ref(password) });
  const endpoint = async (name: EdgeName): Promise<TlsEndpoint> => ({
    address: await edgeFromHere(context, name),
    serverName: baseline.hosts[name],
    ca: ref(authorities[name]),
  });
  await bundleAuthorities(context);
  const [infra, source, target, clients] = await Promise.all([
    endpoint('infra'),
    endpoint('source'),
    endpoint('target'),
    endpoint('clients'),
  ]);
  const [sourceSeal, targetSeal] = await Promise.all([
    readSeal(context, 'source', infra),
    readSeal(context, 'target', infra),
  ]);
  return {
    lane,
    infra: { ...infra, clusterName: baseline.clusterNames.infra },
    source: {
      ...source,
      site: 'source',
      clusterName: sideName('source'),
      seal: sourceSeal,
      operator: operatorOf(context, 'source'),
      seeder: login(seederUser, 'sourceSeeder'),
      backup: login(backupUser, 'backup'),
      verifier: login(verifierUser, 'verifier'),
      trust: login(trustUser, 'trust'),
      admin: login(baseline.adminUser, 'sourceAdmin'),
    },
    target: {
      ...target,
      site: 'target',
      clusterName: sideName('target'),
      seal: targetSeal,
      operator: operatorOf(context, 'target'),
      seeder: login(seederUser, 'targetSeeder'),
      restore: login(restoreUser, 'restore'),
      admin: login(baseline.adminUser, 'targetAdmin'),
    },
    bucket: { source: await bucketOf(context, 'source'), target: await bucketOf(context, 'target') },
    evidence: {
      ...infra,
      mountPath: transitMount,
      keyName: baseline.evidenceKey,
      token: ref('evidenceToken'),
      publicKey: ref('evidencePublicKey'),
    },
    sealControl: { keyName: baseline.sealControlKey, token: ref('sealControlToken') },
    clients,
  };
};

/** Behind the clients' name is one side or the other, and each has an authority of its own. */
const bundleAuthorities = async ({ lane, materials }: LaneContext): Promise<void> => {
  const pems = await Promise.all(
    (['source', 'target'] as const).map((side) => materials.read(materialRef(lane, authorityOf[side]))),
  );
  await materials.write(materialRef(lane, 'clientsCa'), pems.map((pem) => `${pem.trim()}\n`).join(''));
};

const operatorOf = (context: LaneContext, side: PairSide): OperatorAccess => ({
  ...accessTo(context, side),
  namespace: sideName(side),
  cluster: sideName(side),
  storage: {
    endpoint: `http://${storageService}.${sideName(side)}.svc:${storagePort}`,
    region: bucketRegion,
    bucket: baseline.bucket,
    forcePathStyle: true,
    credentialsSecret: secrets.storage,
    pathPrefix: '',
  },
  restoreRole,
  jobImage: imageOf('operator-jobs', context.options),
});

const bucketOf = async (context: LaneContext, side: PairSide): Promise<Bucket> => {
  const [key, secret] = bucketMaterials((await currentRecord(context)).storage, side);
  return {
    endpoint: await storageEndpoint(context),
    region: bucketRegion,
    name: baseline.bucket,
    forcePathStyle: true,
    accessKeyId: materialRef(context.lane, key),
    secretAccessKey: materialRef(context.lane, secret),
  };
};

/**
 * What the API server says that the side's server is sealed with, and the Secret it reads: not what this program meant to
 * write. The lane's own Transit address is for pods: it is given as this machine reaches the same edge.
 */
const readSeal = async (context: LaneContext, side: PairSide, infra: TlsEndpoint): Promise<TransitSeal> => {
  const { lane, options, signal } = context;
  const cluster = await clusterOf(context, side);
  const namespace = sideName(side);
  const object = await cluster.get(clusterRef(side), { signal });
  const read = (member: string): string | undefined => textAt(object, 'spec', 'unseal', 'transit', member);
  const secret = textAt(object, 'spec', 'unseal', 'credentialsSecretRef', 'name') ?? secrets.transit;
  const encoded = textAt(await cluster.get({ kind: 'secrets', name: secret, namespace }, { signal }), 'data', 'ca.crt');
  const [address, mountPath, keyName] = [read('address'), read('mountPath'), read('keyName')];
  if (address === undefined || mountPath === undefined || keyName === undefined || encoded === undefined) {
    throw new KnownFailure(
      'SealUnknown',
      `The OpenBaoCluster of ${side} does not say which Transit seals it: bring the lane up again`,
      { facts: { context: cluster.context, namespace } },
    );
  }
  return {
    address: address === options.transitAddress ? infra.address : address,
    serverName: read('tlsServerName') ?? new URL(address).hostname,
    ca: materialRef(lane, 'ca'),
    caSha256: createHash('sha256').update(Buffer.from(encoded, 'base64')).digest('hex'),
    mountPath: mountPath.replaceAll(/^\/+|\/+$/g, ''),
    keyName,
    token: materialRef(lane, side === 'source' ? 'sourceSealToken' : 'targetSealToken'),
  };
};
