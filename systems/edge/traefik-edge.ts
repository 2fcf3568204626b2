/**
 * Traefik as an edge that passes TLS on untouched: it reads the server name a client asks for and hands the connection
 * to the server behind, which ends TLS itself.
 */
import { isIP } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { KnownFailure } from '../../domain/known-failure.js';
import { writePrivateFile } from '../files/private-file.js';

export interface EdgeOptions {
  /** Port on 127.0.0.1. */
  readonly port: number;
  /** Folder that only {@link writeRoutes} writes to. */
  readonly dynamicFolder: string;
}

export interface EdgeRoute {
  /** Unique within the edge. */
  readonly name: string;
  /** Server names (SNI) that lead to the backend. */
  readonly hosts: readonly string[];
  /** `host:port`, where a TLS server listens. */
  readonly backend: string;
}

const entryPoint = 'tls';
const routesFile = 'routes.yml';

/** Renders the configuration Traefik starts with (`--configFile`): one port on loopback, and nothing else listens. */
export const renderStaticConfig = ({ port, dynamicFolder }: EdgeOptions): string =>
  stringify({
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: 'WARN' },
    entryPoints: {
      [entryPoint]: {
        address: `127.0.0.1:${port}`,
        // Traefik would wait 10 s for connections that clients keep open, longer than we give it to stop.
        transport: { lifeCycle: { graceTimeOut: '1s' } },
      },
    },
    // Traefik would let 2 s pass between two changes: clients wait for the second of them in a cutover. It counts the creation of the
    // passing file as the first.
    providers: { providersThrottleDuration: '10ms', file: { directory: dynamicFolder, watch: true } },
  });

/**
 * Renders the edge's routes. Without routes every TLS connection is refused: a fenced edge.
 *
 * @throws KnownFailure `InvalidRoute`: a name, host or backend that is malformed or used twice.
 */
export const renderRoutes = (routes: readonly EdgeRoute[]): string => {
  checkRoutes(routes);
  return stringify({
    // Without it Traefik ends TLS for names without a route, with a certificate of its own, and answers 404.
    tls: { options: { default: { sniStrict: true } } },
    // An empty list of routers is an error to Traefik, which then goes on with the routes it had.
    ...(routes.length > 0 && {
      tcp: {
        routers: Object.fromEntries(routes.map((route) => [route.name, router(route)])),
        services: Object.fromEntries(routes.map((route) => [route.name, service(route)])),
      },
    }),
  });
};

/**
 * Replaces the routes in one step: a running edge follows without a restart. Open connections stay with their backend.
 *
 * @throws KnownFailure `InvalidRoute`, `DiskFull` or `NotWritable`; the edge then keeps the routes it had.
 */
export const writeRoutes = (dynamicFolder: string, routes: readonly EdgeRoute[]): Promise<void> =>
  // The passing file ends in .tmp, and Traefik reads only .yml, .yaml and .toml.
  writePrivateFile(routesFileIn(dynamicFolder), renderRoutes(routes));

/** For callers that write routes another way; in one step, too. */
export const routesFileIn = (dynamicFolder: string): string => join(dynamicFolder, routesFile);

const router = ({ name, hosts }: EdgeRoute): object => ({
  entryPoints: [entryPoint],
  rule: hosts.map((host) => `HostSNI(\`${host}\`)`).join(' || '),
  service: name,
  tls: { passthrough: true },
});

const service = ({ backend }: EdgeRoute): object => ({ loadBalancer: { servers: [{ address: backend }] } });

const checkRoutes = (routes: readonly EdgeRoute[]): void => {
  const names = new Set<string>();
  const hosts = new Set<string>();
  for (const route of routes) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(route.name)) throw invalidRoute(route, 'needs a name of a-z, 0-9 and -');
    if (names.has(route.name)) throw invalidRoute(route, 'is named twice');
    names.add(route.name);
    if (!isHostAndPort(route.backend)) throw invalidRoute(route, 'needs a backend like 127.0.0.1:8200');
    if (route.hosts.length === 0) throw invalidRoute(route, 'needs a host');
    for (const host of route.hosts) {
      if (!isHostName(host)) throw invalidRoute(route, 'needs hosts that are DNS names');
      if (hosts.has(host.toLowerCase())) throw invalidRoute(route, 'has a host that is routed twice');
      hosts.add(host.toLowerCase());
    }
  }
};

const isHostName = (host: string): boolean =>
  host.length <= 253 && /^(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})*$/i.test(host) && isIP(host) === 0;

const isHostAndPort = (backend: string): boolean => {
  const [, host = '', bracketed = '', port = ''] = /^(?:([^:[\]]+)|\[(.+)\]):(\d{1,5})$/.exec(backend) ?? [];
  const validHost = isHostName(host) || isIP(host) === 4 || isIP(bracketed) === 6;
  return validHost && Number(port) >= 1 && Number(port) <= 65_535;
};

const invalidRoute = ({ name }: EdgeRoute, why: string): KnownFailure =>
  new KnownFailure('InvalidRoute', `The edge's route "${name}" ${why}: correct it.`);
