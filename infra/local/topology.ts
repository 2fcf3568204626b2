/** A local lane as drills see it: everything through the edges, secrets by reference. */
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
import type { LanePaths } from './lane-paths.js';
import type { LaneRecord } from './lane-record.js';
import { type LaneMaterial, materialRef } from '../lane-materials.js';
import { transitMount } from '../set-up/set-up-infra.js';
import { backupUser, restoreUser, seederUser, verifierUser } from '../set-up/set-up-site.js';
import { bucketMaterials, bucketRegion } from './storage.js';

export const describeTopology = async (record: LaneRecord, paths: LanePaths): Promise<Topology> => {
  const { lane, ports } = record;
  const ref = (material: LaneMaterial) => materialRef(lane, material);
  const login = (username: string, password: LaneMaterial): Login => ({ username, password: ref(password) });
  const endpoint = (name: keyof typeof baseline.hosts): TlsEndpoint => ({
    address: `https://127.0.0.1:${ports.edges[name]}`,
    serverName: baseline.hosts[name],
    ca: ref('ca'),
  });
  const bucket = (side: PairSide): Bucket => ({
    endpoint: `http://127.0.0.1:${ports.storage}`,
    region: bucketRegion,
    name: baseline.bucket,
    forcePathStyle: true,
    ...bucketCredentials(record, side),
  });
  const [sourceSeal, targetSeal] = await Promise.all(
    (['source', 'target'] as const).map((side) => readSeal(record, paths, side)),
  );
  return {
    lane,
    infra: { ...endpoint('infra'), clusterName: baseline.clusterNames.infra },
    source: {
      ...endpoint('source'),
      site: 'source',
      clusterName: baseline.clusterNames.source,
      seal: sourceSeal!,
      seeder: login(seederUser, 'sourceSeeder'),
      backup: login(backupUser, 'backup'),
      verifier: login(verifierUser, 'verifier'),
      admin: login(baseline.adminUser, 'sourceAdmin'),
    },
    target: {
      ...endpoint('target'),
      site: 'target',
      clusterName: baseline.clusterNames.target,
      seal: targetSeal!,
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

const bucketCredentials = ({ lane, storage }: LaneRecord, side: PairSide) => {
  const [key, secret] = bucketMaterials(storage, side);
  return { accessKeyId: materialRef(lane, key), secretAccessKey: materialRef(lane, secret) };
};

/** Read back from the configuration the server was started with, not from what this program meant to write. */
const readSeal = async ({ lane }: LaneRecord, paths: LanePaths, side: PairSide): Promise<TransitSeal> => {
  const { address, serverName, caFile, mountPath, keyName } = readSealStanza(
    await readFile(paths.server(side).config, 'utf8'),
  );
  const ca = materialRef(lane, 'ca');
  return {
    address,
    serverName,
    ca,
    caSha256: createHash('sha256')
      .update(await readFile(caFile))
      .digest('hex'),
    mountPath: mountPath.replace(/\/$/, ''),
    keyName,
    token: materialRef(lane, side === 'source' ? 'sourceSealToken' : 'targetSealToken'),
  };
};
