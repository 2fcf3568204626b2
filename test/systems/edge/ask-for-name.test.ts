import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createHash, X509Certificate } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { askForName } from '../../../systems/edge/ask-for-name.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { createCertificateAuthority } from '../../../systems/tls/certificate-authority.js';

const serverName = 'bao.example.com';
const servers: Server[] = [];
const sockets: Socket[] = [];

const listen = async (server: Server): Promise<string> => {
  servers.push(server);
  server.on('connection', (socket: Socket) => sockets.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

describe('asking an edge for a name', () => {
  it('tells by which certificate somebody answered, whoever signed it', async () => {
    const authority = await createCertificateAuthority({ commonName: 'test', validDays: 1 });
    const request = { commonName: serverName, dnsNames: [serverName], ipAddresses: [], validDays: 1 };
    const { certificatePem, keyPem } = await authority.issue(request);
    const address = await listen(createTlsServer({ cert: certificatePem, key: keyPem }));
    expect(await askForName({ address, serverName })).toEqual({
      outcome: 'answered',
      certificateSha256: createHash('sha256').update(new X509Certificate(certificatePem).raw).digest('hex'),
    });
  });

  it('takes nobody there, and a connection that is closed before any certificate, for refusals', async () => {
    const [port] = await findFreePorts(1);
    expect(await askForName({ address: `https://127.0.0.1:${port}`, serverName })).toEqual({
      outcome: 'refused',
      code: 'ECONNREFUSED',
    });
    const address = await listen(createTcpServer((socket) => socket.end()));
    expect(await askForName({ address, serverName })).toMatchObject({ outcome: 'refused' });
  });

  it('takes silence for nothing', async () => {
    const address = await listen(createTcpServer());
    expect(await askForName({ address, serverName, timeoutMs: 50 })).toEqual({ outcome: 'silent' });
  });
});
