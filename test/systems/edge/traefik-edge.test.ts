import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderRoutes, renderStaticConfig, writeRoutes, type EdgeRoute } from '../../../systems/edge/traefik-edge.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import { startBackgroundProcess, stopBackgroundProcess } from '../../../systems/processes/background-process.js';
import { findFreePorts } from '../../../systems/processes/free-ports.js';
import { readLogTail } from '../../../systems/processes/log-tail.js';
import { type ProcessIdentity } from '../../../systems/processes/process-identity.js';
import { createCertificateAuthority, type CertificateAuthority } from '../../../systems/tls/certificate-authority.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { listeningAddresses } from '../../support/servers/listeners.js';
import { toolPath } from '../../support/tools.js';

const clients = 'bao-dr.example.com';

describe('renderRoutes', () => {
  it('leads every host of a route to its backend, with TLS passed on', () => {
    const route = { name: 'source', hosts: ['bao-dr-source.example.com', clients], backend: '127.0.0.1:8200' };
    expect(parse(renderRoutes([route]))).toMatchObject({
      tcp: {
        routers: {
          source: {
            rule: 'HostSNI(`bao-dr-source.example.com`) || HostSNI(`bao-dr.example.com`)',
            service: 'source',
            tls: { passthrough: true },
          },
        },
        services: { source: { loadBalancer: { servers: [{ address: '127.0.0.1:8200' }] } } },
      },
    });
  });

  it('renders a fenced edge without any empty list, which Traefik would not take', () => {
    expect(parse(renderRoutes([]))).not.toHaveProperty('tcp');
  });

  const route: EdgeRoute = { name: 'a', hosts: [clients], backend: '127.0.0.1:8200' };
  it.each<[string, EdgeRoute[]]>([
    ['a name used twice', [route, { ...route, hosts: ['other.example.com'] }]],
    ['a host routed twice', [route, { ...route, name: 'b', hosts: [clients.toUpperCase()] }]],
    ['a name that is none', [{ ...route, name: 'a b' }]],
    ['no host', [{ ...route, hosts: [] }]],
    ['a host that would end the rule', [{ ...route, hosts: ['a`) || HostSNI(`*'] }]],
    ['an address for a host', [{ ...route, hosts: ['127.0.0.1'] }]],
    ['a backend without port', [{ ...route, backend: '127.0.0.1' }]],
    ['a backend with a port beyond all ports', [{ ...route, backend: '127.0.0.1:65536' }]],
    ['a URL for a backend', [{ ...route, backend: 'https://127.0.0.1:8200' }]],
  ])('refuses %s', (_, routes) => {
    expect(() => renderRoutes(routes)).toThrow(expect.objectContaining({ type: 'InvalidRoute' }) as Error);
  });

  it.each(['[::1]:8200', 'host.k3d.internal:443'])('accepts the backend %s', (backend) => {
    expect(renderRoutes([{ ...route, backend }])).toContain(backend);
  });
});

describe('Traefik as an edge', () => {
  let folder: string;
  let dynamicFolder: string;
  let port: number;
  let edge: ProcessIdentity;
  let authority: CertificateAuthority;
  const servers: Server[] = [];
  const backends: Record<string, string> = {};

  /** A TLS server that answers with its name, certified for the same names as the others. */
  const serve = async (name: string): Promise<void> => {
    const request = { commonName: name, dnsNames: [clients, `${name}.example.com`], ipAddresses: [], validDays: 1 };
    const { certificatePem, keyPem } = await authority.issue(request);
    const server = createServer({ cert: certificatePem, key: keyPem }, (socket) => {
      socket.on('error', () => undefined).on('data', () => socket.write(name));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    backends[name] = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  /** The common name of the certificate that reaches a client who asks for `host`, or why none does. */
  const servedTo = (host: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', servername: host, ca: authority.certificatePem });
      socket.once('secureConnect', () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.once('close', () => resolve('closed'));
    });

  const served = (host: string, expected: string): Promise<true> =>
    waitUntil(async () => ((await servedTo(host)) === expected ? true : undefined), {
      what: `${host} to be answered with ${expected}`,
      timeoutMs: 15_000,
      intervalMs: 10,
    });

  const route = (name: string, ...hosts: string[]): EdgeRoute => ({ name, hosts, backend: backends[name] ?? '' });

  beforeAll(async () => {
    authority = await createCertificateAuthority({ commonName: 'edge test', validDays: 1 });
    await Promise.all(['source', 'target'].map(serve));
  });
  afterAll(() => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve)))));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'traefik-edge-'));
    dynamicFolder = await ensurePrivateFolder(join(folder, 'routes'));
    [port = 0] = await findFreePorts(1);
    const configFile = join(folder, 'traefik.yml');
    await writePrivateFile(configFile, renderStaticConfig({ port, dynamicFolder }));
    await writeRoutes(dynamicFolder, [route('source', 'source.example.com', clients)]);
    edge = await startBackgroundProcess({
      file: toolPath('traefik'),
      args: [`--configFile=${configFile}`],
      env: {},
      cwd: folder,
      logFile: join(folder, 'traefik.log'),
    });
    await served(clients, 'source').catch(async (error: unknown) => {
      throw new Error(await readLogTail(join(folder, 'traefik.log')), { cause: error });
    });
  });
  afterEach(async () => {
    await stopBackgroundProcess(edge);
    await rm(folder, { recursive: true, force: true });
  });

  it("lets the server's own certificate reach the client, and refuses names that nobody routes", async () => {
    expect(await servedTo('source.example.com')).toBe('source');
    expect(await servedTo('target.example.com')).toBe('ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    expect(await servedTo('')).not.toMatch(/source|TRAEFIK/);
  });

  it.runIf(process.platform === 'linux')('listens on its one loopback port and nowhere else', async () => {
    expect(await listeningAddresses(edge.pid)).toEqual([`127.0.0.1:${port}`]);
  });

  it('follows a cutover, a fence and the way back, each within 2 s', async () => {
    const changes: [string, EdgeRoute[], string][] = [
      ['cutover', [route('target', clients)], 'target'],
      ['fence', [], 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME'],
      ['revert', [route('source', clients)], 'source'],
      ['cutover again', [route('target', clients)], 'target'],
    ];
    const tookMs: Record<string, number> = {};
    for (const [change, routes, expected] of changes) {
      const start = performance.now();
      await writeRoutes(dynamicFolder, routes);
      await served(clients, expected);
      tookMs[change] = Math.round(performance.now() - start);
    }
    expect(Math.max(...Object.values(tookMs)), JSON.stringify(tookMs)).toBeLessThan(2_000);
  });

  it('answers every new connection while routes are changed again and again', async () => {
    let changing = true;
    const changes = (async () => {
      for (let n = 0; n < 20; n += 1) {
        await writeRoutes(dynamicFolder, [route(n % 2 === 0 ? 'target' : 'source', clients)]);
        await served(clients, n % 2 === 0 ? 'target' : 'source');
      }
    })().finally(() => (changing = false));
    const seen = new Set<string>();
    while (changing) seen.add(await servedTo(clients));
    await changes;
    expect([...seen].sort()).toEqual(['source', 'target']);
  });

  it('keeps open connections where they are when routes change', async () => {
    const socket = connect({ port, host: '127.0.0.1', servername: clients, ca: authority.certificatePem });
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        socket.once('data', (data: Buffer) => resolve(data.toString())).once('error', reject);
        socket.write('who are you?');
      });
    try {
      expect(await ask()).toBe('source');
      await writeRoutes(dynamicFolder, [route('target', clients)]);
      await served(clients, 'target');
      expect(await ask()).toBe('source');
    } finally {
      socket.destroy();
    }
  });

  it('stops politely within its grace, though a client keeps a connection open', async () => {
    const socket = connect({ port, host: '127.0.0.1', servername: clients, ca: authority.certificatePem });
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const start = performance.now();
    await expect(stopBackgroundProcess(edge)).resolves.toBe('stopped');
    expect(performance.now() - start).toBeLessThan(4_000);
    socket.destroy();
  });

  it('leaves one private file in the folder that Traefik watches', async () => {
    expect(await readdir(dynamicFolder)).toEqual(['routes.yml']);
    expect((await stat(join(dynamicFolder, 'routes.yml'))).mode & 0o777).toBe(0o600);
  });
});
