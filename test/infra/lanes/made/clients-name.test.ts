import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { createServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type AskedPair,
  assertTargetAnswersNoClients,
  findWhoAnswersClients,
} from '../../../../infra/lanes/made/clients-name.js';
import { createCertificateAuthority } from '../../../../systems/tls/certificate-authority.js';

const serverName = 'bao.example.com';
const servers: Server[] = [];

const certificate = async () => {
  const authority = await createCertificateAuthority({ commonName: 'test', validDays: 1 });
  return authority.issue({ commonName: serverName, dnsNames: [serverName], ipAddresses: [], validDays: 1 });
};
/** An edge that leads to the server with this certificate. */
const edge = async ({ certificatePem, keyPem }: Awaited<ReturnType<typeof certificate>>) => {
  const server = createServer({ cert: certificatePem, key: keyPem });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, serverName };
};
// Nothing listens on port 1.
const refuses = { address: 'https://127.0.0.1:1', serverName };

/** Takes connections, and says nothing. */
const silentEdge = async () => {
  const server = createTcpServer((socket) => socket.on('error', () => undefined).resume());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, serverName };
};

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

describe("who answers to the clients' name", () => {
  it.each<[string, string, () => Promise<AskedPair>]>([
    [
      'the target, as its own edge shows',
      'target',
      async () => {
        const [source, target] = [await certificate(), await certificate()];
        return { clients: await edge(target), source: await edge(source), target: await edge(target) };
      },
    ],
    [
      'the source, although the target does not answer at its own edge',
      'source',
      async () => {
        const source = await certificate();
        return { clients: await edge(source), source: await edge(source), target: refuses };
      },
    ],
    [
      'neither side',
      'stranger',
      async () => ({
        clients: await edge(await certificate()),
        source: refuses,
        target: await edge(await certificate()),
      }),
    ],
    [
      'a server that may be the target, which does not answer at its own edge',
      'unknown',
      async () => ({
        clients: await edge(await certificate()),
        source: await edge(await certificate()),
        target: refuses,
      }),
    ],
    [
      'nobody',
      'nobody',
      async () => ({
        clients: refuses,
        source: await edge(await certificate()),
        target: await edge(await certificate()),
      }),
    ],
    [
      'silence, which is no refusal',
      'silent',
      async () => ({
        clients: await silentEdge(),
        source: await edge(await certificate()),
        target: await edge(await certificate()),
      }),
    ],
  ])('is told: %s', async (_, answers, pair) => {
    expect(await findWhoAnswersClients(await pair())).toBe(answers);
  });

  it('keeps the target whenever that may be it, and leaves it to the record whenever it is not', async () => {
    const [source, target] = [await certificate(), await certificate()];
    const [atSource, atTarget] = [await edge(source), await edge(target)];
    const look = (clients: AskedPair['clients'], ownEdge: AskedPair['target'] = atTarget) =>
      assertTargetAnswersNoClients('local', { clients, source: atSource, target: ownEdge });
    const served = { type: 'TargetServesClients', message: expect.stringContaining('openbao-dr undo local') as string };
    await expect(look(await edge(target))).rejects.toMatchObject(served);
    await expect(look(await edge(target), refuses)).rejects.toMatchObject(served);
    await expect(look(await silentEdge())).rejects.toMatchObject({
      type: 'ClientsNameSilent',
      // It is waited out, as any server that is away.
      retryable: true,
      message: expect.stringMatching(
        /neither answered nor refused at https.*try again once it answers or refuses/,
      ) as string,
    });
    await look(await edge(source));
    await look(refuses);
    await assertTargetAnswersNoClients('local', undefined);
  });
});
