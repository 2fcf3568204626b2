/** Servers that speak TLS and HTTP but are not OpenBao, for answers that a real one gives only at bad moments, or never. */
import { createHash, X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { OpenBaoEndpoint } from '../../../systems/openbao/api/client.js';
import { createCertificateAuthority } from '../../../systems/tls/certificate-authority.js';

export interface Impostor extends AsyncDisposable {
  readonly endpoint: OpenBaoEndpoint;
  readonly certificateSha256: string;
}

export const startImpostor = async (listener: RequestListener): Promise<Impostor> => {
  const authority = await createCertificateAuthority({ commonName: 'impostor CA', validDays: 1 });
  const names = { commonName: 'impostor', dnsNames: ['impostor.example.com'], ipAddresses: [], validDays: 1 };
  const { certificatePem, keyPem } = await authority.issue(names);
  const impostor = createServer({ cert: certificatePem, key: keyPem }, listener);
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
  const endpoint: OpenBaoEndpoint = {
    address: `https://127.0.0.1:${(impostor.address() as AddressInfo).port}`,
    serverName: 'impostor.example.com',
    caPem: authority.certificatePem,
  };
  return {
    endpoint,
    certificateSha256: createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex'),
    [Symbol.asyncDispose]: async () => {
      impostor.closeAllConnections();
      await new Promise((resolve) => impostor.close(resolve));
    },
  };
};
