/** The lane's edges: one Traefik a site that passes TLS through, and the clients' own, which cutover turns. */
import { baseline, type PairSide } from '../../../domain/pair/topology.js';
import { askForName, UNKNOWN_NAME } from '../../../systems/edge/ask-for-name.js';
import { type EdgeRoute, renderStaticConfig, writeRoutes } from '../../../systems/edge/traefik-edge.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { writePrivateFile } from '../../../systems/files/private-file.js';
import { acceptsConnections } from '../../../systems/processes/accepts-connections.js';
import { awaitProcess } from '../made/processes/await-process.js';
import type { LanePaths } from './lane-paths.js';
import { isShut } from '../made/lane-sides.js';
import { type LaneRecord } from './lane-record.js';
import { type EdgeName, edgeNames } from '../made/processes/process-name.js';
import type { Supervisor } from '../made/processes/supervisor.js';

export interface EdgesContext {
  readonly paths: LanePaths;
  readonly record: LaneRecord;
  readonly supervisor: Supervisor;
  /** Path of the `traefik` program. */
  readonly traefik: string;
  readonly signal?: AbortSignal | undefined;
}

const { hosts } = baseline;

export const ensureEdges = async (context: EdgesContext): Promise<void> => {
  await Promise.all(edgeNames.map((name) => ensureEdge(context, name)));
};

/** Turns the clients' edge to one side. Traefik watches its routes and follows by itself. */
export const pointClientsEdgeAt = (paths: LanePaths, record: LaneRecord, side: PairSide): Promise<void> =>
  writeRoutes(paths.edge('clients').routes, [clientsRoute(record, side)]);

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
    () => follows({ record, supervisor }, name),
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
  await writeRoutes(routes, routesOf(record, name));
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
 * An edge that ran already takes a moment to read its new routes, and one that starts may turn a connection away. The clients'
 * edge has no name of its own to ask for: what it answers is up to the side behind it.
 */
const follows = async (
  { record, supervisor }: Pick<EdgesContext, 'record' | 'supervisor'>,
  name: EdgeName,
): Promise<boolean> => {
  const port = record.ports.edges[name];
  if (name === 'clients') return acceptsConnections(port);
  const answer = await askForName({ address: `https://127.0.0.1:${port}`, serverName: hosts[name] });
  const isUnknown = answer.outcome === 'refused' && answer.code === UNKNOWN_NAME;
  if (name !== 'infra' && isShut(record, name)) return isUnknown;
  if (answer.outcome !== 'refused') return true;
  // The edge passes on what a server that has died answers.
  return !isUnknown && answer.code !== 'ECONNREFUSED' && !(await supervisor.isRunning(`bao-${name}`));
};

const routesOf = (record: LaneRecord, name: EdgeName): readonly EdgeRoute[] => {
  if (name === 'clients') return [clientsRoute(record, record.clientsAt)];
  return name !== 'infra' && isShut(record, name) ? [] : [siteRoute(record, name)];
};

/** A site's edge answers to the site's own name, and to the clients' name for whenever clients are sent there. */
const siteRoute = ({ ports }: LaneRecord, name: Exclude<EdgeName, 'clients'>): EdgeRoute => ({
  name,
  hosts: name === 'infra' ? [hosts.infra] : [hosts[name], hosts.clients],
  backend: `127.0.0.1:${ports.servers[name].api}`,
});

const clientsRoute = ({ ports }: LaneRecord, side: PairSide): EdgeRoute => ({
  name: 'clients',
  hosts: [hosts.clients],
  backend: `127.0.0.1:${ports.edges[side]}`,
});
