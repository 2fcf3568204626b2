/**
 * Closes SeaweedFS's ports besides its S3 gateway. Its parts talk to one another by ports of their own, by default without
 * keys: every user of the machine could read, replace and delete snapshots past the gateway.
 *
 * Each start gets certificates and keys anew: gRPC and the master speak TLS with a certificate that only this server's parts
 * have, and the volume server takes a signed permission for each object. The filer's HTTP is off altogether
 * (`-filer.disableHttp`). Formats: `weed scaffold -config=security`, SeaweedFS 4.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createCertificateAuthority } from '../tls/certificate-authority.js';

/** A lane may stay up for long, and its server is not restarted for a certificate's sake. */
const validDays = 3650;

const parts = ['master', 'volume', 'filer', 's3', 'client'] as const;

/** Files to be written, mode 0600, into the folder that the server is started in. */
export const seaweedGuardFiles = async (
  home: string,
): Promise<readonly { readonly path: string; readonly content: string }[]> => {
  const authority = await createCertificateAuthority({ commonName: 'seaweedfs of one lane', validDays });
  const { certificatePem, keyPem } = await authority.issue({
    commonName: 'seaweedfs',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    validDays,
    alsoClient: true,
  });
  const [ca, cert, key] = ['guard-ca.pem', 'guard.pem', 'guard-key.pem'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  const table = (name: string, values: Readonly<Record<string, string>>): string =>
    [`[${name}]`, ...Object.entries(values).map(([field, value]) => `${field} = ${JSON.stringify(value)}`)].join('\n');
  const security = [
    ...['jwt.signing', 'jwt.signing.read', 'jwt.filer_signing', 'jwt.filer_signing.read'].map((name) =>
      table(name, { key: randomBytes(32).toString('hex') }),
    ),
    table('grpc', { ca }),
    ...parts.map((part) => table(`grpc.${part}`, { cert, key })),
    // Nothing of its own uses the master's HTTP, which would delete a bucket's data for the asking.
    table('https.master', { cert, key, ca }),
  ];
  return [
    { path: ca, content: authority.certificatePem },
    { path: cert, content: certificatePem },
    { path: key, content: keyPem },
    { path: join(home, 'security.toml'), content: `${security.join('\n\n')}\n` },
  ];
};
