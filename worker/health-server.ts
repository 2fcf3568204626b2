/**
 * Reports the health of the worker's process: `GET /live` answers 200 until the worker has failed or ended, `GET /ready` only
 * while it takes tasks. Anything else is 404.
 */
import { createServer } from 'node:http';
import { KnownFailure } from '../domain/known-failure.js';
import { errorCode } from '../systems/files/storage-failure.js';
import type { WorkerHealth } from './running-worker.js';

export interface HealthServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

export interface HealthServerOptions {
  /** 0: any that is free. */
  readonly port: number;
  /** Default: loopback. Probes of pods come from outside: there it is `0.0.0.0` or `::`. */
  readonly host?: string | undefined;
  readonly health: () => WorkerHealth;
}

/** @throws KnownFailure `PortInUse`. */
export const startHealthServer = async ({
  port,
  host = '127.0.0.1',
  health,
}: HealthServerOptions): Promise<HealthServer> => {
  const server = createServer(({ url }, response) => {
    const state = health();
    const well = { '/live': state === 'ready' || state === 'stopping', '/ready': state === 'ready' }[url ?? ''];
    response.writeHead(well === undefined ? 404 : well ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ worker: state }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new KnownFailure(
          'PortInUse',
          `The worker's health cannot be served at port ${port} of ${host}: name another in OPENBAO_DR_HEALTH_PORT, or another address in OPENBAO_DR_HEALTH_ADDRESS`,
          {
            facts: { code: errorCode(cause) },
            cause,
          },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/**
 * Reads `OPENBAO_DR_HEALTH_PORT`; undefined when it is not set: nothing listens then.
 *
 * @throws KnownFailure `InvalidHealthPort`.
 */
export const healthPortIn = (environment: Readonly<Record<string, string | undefined>>): number | undefined => {
  const text = environment['OPENBAO_DR_HEALTH_PORT'];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new KnownFailure(
    'InvalidHealthPort',
    `OPENBAO_DR_HEALTH_PORT is ${JSON.stringify(text)}: a port is a whole number from 1 to 65535.`,
  );
};

/** Reads `OPENBAO_DR_HEALTH_ADDRESS`; undefined when it is not set. Whether it can be listened on shows when it is. */
export const healthAddressIn = (environment: Readonly<Record<string, string | undefined>>): string | undefined =>
  environment['OPENBAO_DR_HEALTH_ADDRESS'] || undefined;
