/** A local lane's secrets: random passwords, and a certificate authority with a certificate for each server, once a lane. */
import { randomBytes } from 'node:crypto';
import type { Materials } from '../../../activities/ports/materials.js';
import { baseline } from '../../../domain/pair/topology.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import { createCertificateAuthority } from '../../../systems/tls/certificate-authority.js';
import { generatePasswords, materialRef } from '../made/lane-materials.js';
import type { LanePaths } from './lane-paths.js';
import { serverNames } from '../made/names.js';

const certificateDays = 90;

/** Makes everything anew. The authority's key is never written: when the lane needs new certificates, it gets a new one. */
export const makeMaterials = async (lane: string, paths: LanePaths, materials: Materials): Promise<void> => {
  await ensurePrivateFolder(paths.materials);
  await generatePasswords(lane, materials);
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
