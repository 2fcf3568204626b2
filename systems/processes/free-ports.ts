/** Ports for servers on loopback that are started a little later by someone else. */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { KnownFailure } from '../../domain/known-failure.js';
import { errorCode } from '../files/storage-failure.js';

// Below the ports that Linux (32768 and up), macOS and the BSDs (49152 and up) give to outgoing connections, any of
// which could otherwise take the port before its server starts.
const lowest = 20_000;
const highest = 32_000;
const triesPerPort = 200;

export interface FreePortOptions {
  /** Ports that are spoken for, though nothing may listen on them yet. */
  readonly avoid?: ReadonlySet<number>;
}

/**
 * Finds `count` different ports that nothing listens on at 127.0.0.1.
 *
 * @throws KnownFailure `NoFreePort` (a retry may help).
 */
export const findFreePorts = async (count: number, { avoid = new Set() }: FreePortOptions = {}): Promise<number[]> => {
  // All stay open until all are found, so that two searches at the same moment do not find the same ones.
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count && tries < count * triesPerPort; tries += 1) {
      const port = randomInt(lowest, highest);
      if (avoid.has(port) || held.has(port)) continue;
      const server = await listen(port).catch(() => undefined);
      if (server !== undefined) held.set(port, server);
    }
    if (held.size < count) {
      const sentence = `Not enough free ports between ${lowest} and ${highest}: stop some servers, or name the ports to use.`;
      throw new KnownFailure('NoFreePort', sentence, { retryable: true, facts: { wanted: count, found: held.size } });
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map(close));
  }
};

/**
 * Checks that a server could listen on 127.0.0.1:`port`. `what` names the port's purpose, like "the target's edge".
 *
 * @throws KnownFailure `PortInUse`, or `PortNotAllowed` for a port this user may not use.
 */
export const assertPortFree = async (port: number, what: string): Promise<void> => {
  try {
    await close(await listen(port));
  } catch (error) {
    const instead = 'choose another, or leave it out for a free one';
    if (errorCode(error) === 'EADDRINUSE') {
      throw new KnownFailure('PortInUse', `Port ${port}, meant for ${what}, is taken by another program: ${instead}.`, {
        facts: { port },
      });
    }
    if (errorCode(error) === 'EACCES') {
      throw new KnownFailure('PortNotAllowed', `Port ${port}, meant for ${what}, is not for this user: ${instead}.`, {
        facts: { port },
      });
    }
    throw error;
  }
};

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => resolve(server));
  });

const close = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()));
