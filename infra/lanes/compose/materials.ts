/** A compose lane's secrets: random passwords, a certificate authority, and in each service's volume the files it starts with. */
import { randomBytes } from 'node:crypto';
import { baseline } from '../../../domain/pair/topology.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { createCertificateAuthority } from '../../../systems/tls/certificate-authority.js';
import { generatePasswords, materialRef } from '../made/lane-materials.js';
import { writeRoutesOf } from './edges.js';
import { type ComposeLaneContext, ensureServiceFolder, writeServiceFile } from './lane-context.js';
import { edgeNames, serverNames } from '../made/names.js';
import { laneServices } from './names.js';
import { writeServerConfig } from './servers.js';

const certificateDays = 90;
const { hosts } = baseline;

/** Makes everything anew. The authority's key is never written: when the lane needs new certificates, it gets a new one. */
export const makeMaterials = async (context: ComposeLaneContext): Promise<void> => {
  const { lane, paths, materials, recordFile } = context;
  await ensurePrivateFolder(paths.materials);
  await generatePasswords(lane, materials);
  for (const service of laneServices) await ensureServiceFolder(context, paths.service(service));
  await makeCertificates(context);
  await writeServiceFile(context, paths.server('infra').unsealKey, randomBytes(32));
  for (const name of serverNames) await writeServerConfig(context, name);
  for (const name of edgeNames) await writeRoutesOf(context, name);
  await ensureServiceFolder(context, paths.storage.data);
  await writeServiceFile(context, paths.storage.accessKey, await materials.read(materialRef(lane, 'bucketOwnerKey')));
  await writeServiceFile(
    context,
    paths.storage.secretKey,
    await materials.read(materialRef(lane, 'bucketOwnerSecret')),
  );
  await recordFile.update((record) => {
    record.materialsReady = true;
  });
};

const makeCertificates = async (context: ComposeLaneContext): Promise<void> => {
  const { lane, paths, materials } = context;
  const authority = await createCertificateAuthority({
    commonName: `openbao-dr lane ${lane}`,
    validDays: certificateDays,
  });
  await materials.write(materialRef(lane, 'ca'), authority.certificatePem);
  for (const name of serverNames) {
    const { certificate, key, ca, temporary } = paths.server(name);
    const issued = await authority.issue({
      commonName: hosts[name],
      // Both sides of the pair answer to the clients' name as well: the edges pass TLS through to them.
      dnsNames: name === 'infra' ? [hosts.infra] : [hosts[name], hosts.clients],
      ipAddresses: [],
      validDays: certificateDays,
    });
    await ensureServiceFolder(context, temporary);
    await writeServiceFile(context, ca, authority.certificatePem);
    await writeServiceFile(context, certificate, issued.certificatePem);
    await writeServiceFile(context, key, issued.keyPem);
  }
};
