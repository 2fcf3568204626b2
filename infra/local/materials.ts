/** Names of a local lane's secrets, and how they are made: certificates, keys and random passwords, once a lane. */
import { randomBytes } from 'node:crypto';
import type { Materials } from '../../domain/lane.js';
import { baseline, type MaterialRef } from '../../domain/topology.js';
import { ensurePrivateFolder } from '../../systems/files/private-folder.js';
import { writePrivateFile } from '../../systems/files/private-file.js';
import { createCertificateAuthority } from '../../systems/tls/certificate-authority.js';
import type { LanePaths } from './lane-paths.js';
import { serverNames } from './lane-record.js';

const materialNames = {
  ca: 'ca',
  sourceSealToken: 'source.seal-token',
  targetSealToken: 'target.seal-token',
  evidenceToken: 'infra.evidence-token',
  evidencePublicKey: 'infra.evidence.public-key',
  sealControlToken: 'infra.seal-control-token',
  sourceSeeder: 'source.drill-seed.password',
  targetSeeder: 'target.drill-seed.password',
  backup: 'source.drill-backup.password',
  verifier: 'source.drill-verify.password',
  restore: 'target.drill-restore.password',
  sourceAdmin: 'source.demo-admin.password',
  targetAdmin: 'target.demo-admin.password',
  bucketOwnerKey: 'bucket.owner.access-key',
  bucketOwnerSecret: 'bucket.owner.secret-key',
  bucketSourceKey: 'bucket.source.access-key',
  bucketSourceSecret: 'bucket.source.secret-key',
  bucketTargetKey: 'bucket.target.access-key',
  bucketTargetSecret: 'bucket.target.secret-key',
} as const;

export type LaneMaterial = keyof typeof materialNames;

export const materialRef = (lane: string, material: LaneMaterial): MaterialRef =>
  `lane:${lane}/${materialNames[material]}`;

/** Made when the lane is; tokens and the evidence key come later, from infra. */
const generated: readonly LaneMaterial[] = [
  'sourceSeeder',
  'targetSeeder',
  'backup',
  'verifier',
  'restore',
  'bucketOwnerKey',
  'bucketOwnerSecret',
  'bucketSourceKey',
  'bucketSourceSecret',
  'bucketTargetKey',
  'bucketTargetSecret',
];

const certificateDays = 90;

/** Makes everything anew. The authority's key is never written: when the lane needs new certificates, it gets a new one. */
export const makeMaterials = async (lane: string, paths: LanePaths, materials: Materials): Promise<void> => {
  await ensurePrivateFolder(paths.materials);
  await Promise.all(generated.map((name) => materials.write(materialRef(lane, name), randomBytes(24).toString('hex'))));
  const authority = await createCertificateAuthority({
    commonName: `openbao-dr lane ${lane}`,
    validDays: certificateDays,
  });
  await materials.write(materialRef(lane, 'ca'), authority.certificatePem);
  for (const name of serverNames) {
    const { home, certificate, key, unsealKey } = paths.server(name);
    await ensurePrivateFolder(home);
    const { hosts } = baseline;
    const issued = await authority.issue({
      commonName: hosts[name],
      // Both sides of the pair answer to the clients' name as well: the edges pass TLS through to them.
      dnsNames: name === 'infra' ? [hosts.infra] : [hosts[name], hosts.clients],
      ipAddresses: ['127.0.0.1'],
      validDays: certificateDays,
    });
    await writePrivateFile(certificate, issued.certificatePem);
    await writePrivateFile(key, issued.keyPem);
    if (name === 'infra') await writePrivateFile(unsealKey, randomBytes(32));
  }
};
