import { textAt } from '../../../domain/fields.js';
import { KnownFailure } from '../../../domain/known-failure.js';
import {
  baseline,
  type OperatorAccess,
  type PairSide,
  type TlsEndpoint,
  type Topology,
  type TransitSeal,
} from '../../../domain/pair/topology.js';
import { bucketRegion } from '../made/lane-bucket.js';
import { type LaneMaterial, materialRef } from '../made/lane-materials.js';
import { edgeAt, sealOf, topologyOf } from '../made/pair-topology.js';
import { trustUser } from '../made/set-up/set-up-site.js';
import { edgeFromHere } from './sides/edges.js';
import { imageOf } from './machine/images.js';
import { accessTo, clusterOf, currentRecord, type LaneContext } from './lane-context.js';
import { storageEndpoint } from './parts/make-storage.js';
import type { EdgeName } from '../made/names.js';
import { restoreRole, secrets, sideName, storagePort, storageService } from './names.js';
import { authorityOf, clusterRef } from './sides/side-server.js';

const authorities: Readonly<Record<EdgeName, LaneMaterial>> = { infra: 'ca', ...authorityOf, clients: 'clientsCa' };

/** A k3d lane as drills see it; seals as the API servers have them. */
export const describeTopology = async (context: LaneContext): Promise<Topology> => {
  const { lane } = context;
  const edge = async (name: EdgeName): Promise<TlsEndpoint> => ({
    ...edgeAt(lane, name, await edgeFromHere(context, name)),
    ca: materialRef(lane, authorities[name]),
  });
  await bundleAuthorities(context);
  const [infra, source, target, clients] = await Promise.all([
    edge('infra'),
    edge('source'),
    edge('target'),
    edge('clients'),
  ]);
  const [sourceSeal, targetSeal] = await Promise.all([
    readSeal(context, 'source', infra),
    readSeal(context, 'target', infra),
  ]);
  const described = topologyOf({
    lane,
    edges: { infra, source, target, clients },
    seals: { source: sourceSeal, target: targetSeal },
    storage: { kind: (await currentRecord(context)).storage, endpoint: await storageEndpoint(context) },
  });
  return {
    ...described,
    source: {
      ...described.source,
      operator: operatorOf(context, 'source'),
      trust: { username: trustUser, password: materialRef(lane, 'trust') },
    },
    target: { ...described.target, operator: operatorOf(context, 'target') },
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
  const seal = {
    address,
    serverName: read('tlsServerName') ?? new URL(address).hostname,
    ca: Buffer.from(encoded, 'base64'),
    mountPath,
    keyName,
  };
  return sealOf(lane, side, seal, address === options.transitAddress ? infra.address : address);
};
