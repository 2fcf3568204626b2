import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { assertPortFree, findFreePorts } from '../../../systems/processes/free-ports.js';
import { listeningAddresses } from '../../support/servers/listeners.js';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const occupy = (port: number, host = '127.0.0.1'): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    servers.push(server.listen({ port, host }, resolve));
  });

describe('findFreePorts', () => {
  it('finds different ports that can be listened on, away from those of outgoing connections', async () => {
    const ports = await findFreePorts(20);
    expect(new Set(ports).size).toBe(20);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(32_000);
    await Promise.all(ports.map((port) => occupy(port)));
  });

  it('finds different ports for searches at the same moment', async () => {
    const found = await Promise.all(Array.from({ length: 10 }, () => findFreePorts(3)));
    expect(found.every((ports) => new Set(ports).size === 3)).toBe(true);
  });

  it('avoids the ports it is told to', async () => {
    const allButOne = new Set(Array.from({ length: 12_000 }, (_, n) => 20_000 + n));
    await expect(findFreePorts(1, { avoid: allButOne })).rejects.toMatchObject({ type: 'NoFreePort', retryable: true });
  });
});

describe('assertPortFree', () => {
  it('accepts a free port and leaves it free', async () => {
    const [port = 0] = await findFreePorts(1);
    await assertPortFree(port, 'the edge');
    await assertPortFree(port, 'the edge');
  });

  it.each(['127.0.0.1', '0.0.0.0'])(
    'refuses a port taken on %s, saying what it is for and what to do',
    async (host) => {
      const [port = 0] = await findFreePorts(1);
      await occupy(port, host);
      await expect(assertPortFree(port, "the source's edge")).rejects.toMatchObject({
        type: 'PortInUse',
        message: expect.stringMatching(
          new RegExp(`Port ${port}, meant for the source's edge, is taken.*choose another`),
        ) as string,
      });
    },
  );
});

describe.runIf(process.platform === 'linux')('listeningAddresses', () => {
  it('tells loopback from every address, in IPv4 and IPv6', async () => {
    const [one = 0, two = 0, three = 0, four = 0] = await findFreePorts(4);
    await Promise.all([occupy(one, '127.0.0.1'), occupy(two, '0.0.0.0'), occupy(three, '::1'), occupy(four, '::')]);
    const found = await listeningAddresses(process.pid);
    expect(found).toEqual(
      expect.arrayContaining([`127.0.0.1:${one}`, `0.0.0.0:${two}`, `[::1]:${three}`, `[::]:${four}`]),
    );
  });
});
