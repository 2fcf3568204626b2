/** A compose lane as drills see it: everything through the edges, secrets by reference. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  baseline,
  type Bucket,
  type Login,
  type PairSide,
  type TlsEndpoint,
  type Topology,
  type TransitSeal,
} from '../../domain/topology.js';
import { readSealStanza } from '../../systems/openbao/seal-stanza.js';
import { type LaneMaterial, materialRef } from '../lane-materials.js';
import { bucketMaterials, bucketRegion } from '../local/storage.js';
import { transitMount } from '../set-up/set-up-infra.js';
import { backupUser, restoreUser, seederUser, verifierUser } from '../set-up/set-up-site.js';
import type { LaneReach } from './lane-context.js';
import type { ComposeLanePaths } from './lane-paths.js';
import { edgeAmongContainers, type EdgeName } from './names.js';

export interface DescribedLane {
  readonly lane: string;
  readonly paths: ComposeLanePaths;
  readonly reach: LaneReach;
}

export const describeTopology = async (described: DescribedLane): Promise<Topology> => {
  const { lane, reach } = described;
  const ref = (material: LaneMaterial) => materialRef(lane, material);
  const login = (username: string, password: LaneMaterial): Login => ({ username, password: ref(password) });
  const endpoint = (name: EdgeName): TlsEndpoint => ({
    address: reach.edge(name),
    serverName: baseline.hosts[name],
    ca: ref('ca'),
  });
  const bucket = (side: PairSide): Bucket => {
    const [key, secret] = bucketMaterials('container', side);
    return {
      endpoint: reach.storage,
      region: bucketRegion,
      name: baseline.bucket,
      forcePathStyle: true,
      accessKeyId: ref(key),
      secretAccessKey: ref(secret),
    };
  };
  const [sourceSeal, targetSeal] = await Promise.all([readSeal(described, 'source'), readSeal(described, 'target')]);
  return {
    lane,
    capabilities: ['isolation', 'logs'],
    infra: { ...endpoint('infra'), clusterName: baseline.clusterNames.infra },
    source: {
      ...endpoint('source'),
      site: 'source',
      clusterName: baseline.clusterNames.source,
      seal: sourceSeal,
      seeder: login(seederUser, 'sourceSeeder'),
      backup: login(backupUser, 'backup'),
      verifier: login(verifierUser, 'verifier'),
      admin: login(baseline.adminUser, 'sourceAdmin'),
    },
    target: {
      ...endpoint('target'),
      site: 'target',
      clusterName: baseline.clusterNames.target,
      seal: targetSeal,
      seeder: login(seederUser, 'targetSeeder'),
      restore: login(restoreUser, 'restore'),
      admin: login(baseline.adminUser, 'targetAdmin'),
    },
    bucket: { source: bucket('source'), target: bucket('target') },
    evidence: {
      ...endpoint('infra'),
      mountPath: transitMount,
      keyName: baseline.evidenceKey,
      token: ref('evidenceToken'),
      publicKey: ref('evidencePublicKey'),
    },
    sealControl: { keyName: baseline.sealControlKey, token: ref('sealControlToken') },
    clients: endpoint('clients'),
  };
};

/** Read back from the configuration the server was started with, not from what this program meant to write. */
const readSeal = async ({ lane, paths, reach }: DescribedLane, side: PairSide): Promise<TransitSeal> => {
  const { config, ca } = paths.server(side);
  const { address, serverName, mountPath, keyName } = readSealStanza(await readFile(config, 'utf8'));
  return {
    // The server reaches infra's edge by a name that only its network has: from here it is the same edge at another address.
    address: address === edgeAmongContainers('infra') ? reach.edge('infra') : address,
    serverName,
    ca: materialRef(lane, 'ca'),
    caSha256: createHash('sha256')
      .update(await readFile(ca))
      .digest('hex'),
    mountPath: mountPath.replace(/\/$/, ''),
    keyName,
    token: materialRef(lane, side === 'source' ? 'sourceSealToken' : 'targetSealToken'),
  };
};
