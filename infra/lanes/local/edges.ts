/** The lane's edges: one Traefik a site that passes TLS through, and the clients' own, which cutover turns. */
import type { PairSide } from '../../../domain/pair/topology.js';
import { renderStaticConfig, writeRoutes } from '../../../systems/edge/traefik-edge.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import { acceptsConnections } from '../../../systems/processes/accepts-connections.js';
import { awaitProcess } from '../made/processes/await-process.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { edgeFollows } from '../made/edge-follows.js';
import { type Backends, clientsRoute, routesOfEdge } from '../made/edge-routes.js';
import { type EdgeName, edgeNames } from '../made/names.js';
import type { Supervisor } from '../made/processes/supervisor.js';
import type { LanePaths } from './lane-paths.js';
import type { LaneRecord } from './lane-record.js';

export interface EdgesContext {
  readonly paths: LanePaths;
  readonly record: LaneRecord;
  readonly supervisor: Supervisor;
  /** Path of the `traefik` program. */
  readonly traefik: string;
  readonly signal?: AbortSignal | undefined;
}

export const ensureEdges = async (context: EdgesContext): Promise<void> => {
  await Promise.all(edgeNames.map((name) => ensureEdge(context, name)));
};

/** Turns the clients' edge to one side. Traefik watches its routes and follows by itself. */
export const pointClientsEdgeAt = (paths: LanePaths, record: LaneRecord, side: PairSide): Promise<void> =>
  writeRoutes(paths.edge('clients').routes, [clientsRoute(side, backendsOf(record))]);

/**
 * Starts an edge, or adopts the one that runs, with the routes the record asks for: none for a side that is shut. Returns
 * once it follows them.
 */
export const ensureEdge = async (context: EdgesContext, name: EdgeName): Promise<void> => {
  await startEdge(context, name);
  const { paths, record, supervisor, signal } = context;
  await awaitProcess(
    supervisor,
    { name: `edge-${name}`, what: `The edge of ${name}`, logFile: paths.edge(name).log, timeoutMs: 30_000, signal },
    () => edgeFollows(record, name, `https://127.0.0.1:${record.ports.edges[name]}`),
  );
};

/** As {@link ensureEdge}, and returns before the edge follows its routes: it may show a certificate of its own until then. */
export const startEdge = async (
  { paths, record, supervisor, traefik }: Omit<EdgesContext, 'signal'>,
  name: EdgeName,
): Promise<void> => {
  const { home, config, routes, log } = paths.edge(name);
  const port = record.ports.edges[name];
  await ensurePrivateFolder(routes);
  await writeRoutes(routes, routesOfEdge(record, name, backendsOf(record)));
  await supervisor.ensure({
    name: `edge-${name}`,
    ports: [port],
    prepare: () => writePrivateFile(config, renderStaticConfig({ port, dynamicFolder: routes })),
    file: traefik,
    args: [`--configFile=${config}`],
    env: { HOME: home },
    cwd: home,
    logFile: log,
  });
};

/**
 * Ends the edge and whatever still passes through it: Traefik would leave open connections with the server they lead to,
 * whatever its routes say. It is killed, as it would give them another second. Nothing passes from then on: there is no edge, which
 * refuses as one without routes does.
 */
export const cutEdge = async (
  { paths, record, supervisor }: Pick<EdgesContext, 'paths' | 'record' | 'supervisor'>,
  side: PairSide,
): Promise<void> => {
  // First of all: an edge that is started meanwhile must not come up with the old routes.
  await writeRoutes(paths.edge(side).routes, []);
  await supervisor.kill(`edge-${side}`);
  // Its sockets are the last of a process to go, and the one it listens on goes with the others.
  await waitUntil(async () => ((await acceptsConnections(record.ports.edges[side])) ? undefined : true), {
    what: `the edge of ${side} to be gone from its port`,
    timeoutMs: 10_000,
    intervalMs: 5,
  });
};

const backendsOf = ({ ports }: LaneRecord): Backends => ({
  server: (name) => `127.0.0.1:${ports.servers[name].api}`,
  edge: (side) => `127.0.0.1:${ports.edges[side]}`,
});
