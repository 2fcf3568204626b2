/** What every kind of lane tells drills of itself: everything through the edges, secrets by reference. */
import { createHash } from 'node:crypto';
import {
  baseline,
  type Bucket,
  type Login,
  type PairSide,
  type TlsEndpoint,
  type Topology,
  type TransitSeal,
} from '../../../domain/pair/topology.js';
import { type LaneMaterial, materialRef, sealTokenOf } from './lane-materials.js';
import { bucketMaterials, bucketRegion, type StorageKind } from './lane-bucket.js';
import { transitMount } from './set-up/set-up-infra.js';
import { backupUser, restoreUser, seederUser, verifierUser } from './set-up/set-up-site.js';

export interface LaneParts {
  readonly lane: string;
  /** Each edge as this program reaches it. */
  readonly edges: Readonly<Record<keyof typeof baseline.hosts, TlsEndpoint>>;
  readonly seals: Readonly<Record<PairSide, TransitSeal>>;
  readonly storage: { readonly kind: StorageKind; readonly endpoint: string };
}

export const topologyOf = ({ lane, edges, seals, storage }: LaneParts): Topology => {
  const ref = (material: LaneMaterial) => materialRef(lane, material);
  const login = (username: string, password: LaneMaterial): Login => ({ username, password: ref(password) });
  const bucket = (side: PairSide): Bucket => {
    const [key, secret] = bucketMaterials(storage.kind, side);
    return {
      endpoint: storage.endpoint,
      region: bucketRegion,
      name: baseline.bucket,
      forcePathStyle: true,
      accessKeyId: ref(key),
      secretAccessKey: ref(secret),
    };
  };
  return {
    lane,
    infra: { ...edges.infra, clusterName: baseline.clusterNames.infra },
    source: {
      ...edges.source,
      site: 'source',
      clusterName: baseline.clusterNames.source,
      seal: seals.source,
      seeder: login(seederUser, 'sourceSeeder'),
      backup: login(backupUser, 'backup'),
      verifier: login(verifierUser, 'verifier'),
      admin: login(baseline.adminUser, 'sourceAdmin'),
    },
    target: {
      ...edges.target,
      site: 'target',
      clusterName: baseline.clusterNames.target,
      seal: seals.target,
      seeder: login(seederUser, 'targetSeeder'),
      restore: login(restoreUser, 'restore'),
      admin: login(baseline.adminUser, 'targetAdmin'),
    },
    bucket: { source: bucket('source'), target: bucket('target') },
    evidence: {
      ...edges.infra,
      mountPath: transitMount,
      keyName: baseline.evidenceKey,
      token: ref('evidenceToken'),
      publicKey: ref('evidencePublicKey'),
    },
    sealControl: { keyName: baseline.sealControlKey, token: ref('sealControlToken') },
    clients: edges.clients,
  };
};

/** What a side's server was found to be sealed with: its configuration or its resource, as the lane read it back. */
export interface FoundSeal {
  readonly address: string;
  readonly serverName: string;
  /** As the server trusts it. */
  readonly ca: Uint8Array;
  readonly mountPath: string;
  readonly keyName: string;
}

/** @param address Transit as this program reaches it, where a server knows it by another. */
export const sealOf = (
  lane: string,
  side: PairSide,
  { ca, mountPath, ...found }: FoundSeal,
  address = found.address,
): TransitSeal => ({
  ...found,
  address,
  mountPath: mountPath.replaceAll(/^\/+|\/+$/g, ''),
  ca: materialRef(lane, 'ca'),
  caSha256: createHash('sha256').update(ca).digest('hex'),
  token: materialRef(lane, sealTokenOf[side]),
});

export const edgeAt = (lane: string, name: keyof typeof baseline.hosts, address: string): TlsEndpoint => ({
  address,
  serverName: baseline.hosts[name],
  ca: materialRef(lane, 'ca'),
});
