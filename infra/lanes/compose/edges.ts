/** The lane's edges: one Traefik a site that passes TLS through, and the clients' own, which cutover turns. */
import { dirname } from 'node:path';
import { baseline, type PairSide } from '../../../domain/pair/topology.js';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { askForName, UNKNOWN_NAME } from '../../../systems/edge/ask-for-name.js';
import { type EdgeRoute, renderRoutes, routesFileIn } from '../../../systems/edge/traefik-edge.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { isShut } from '../made/lane-sides.js';
import { type ComposeLaneContext, ensureServiceFolder, writeServiceFile } from './lane-context.js';
import type { ComposeLaneRecord } from './lane-record.js';
import { type EdgeName, edgeNames, ports } from './names.js';

const { hosts } = baseline;

/** What every edge starts with. */
export const prepareEdges = async (context: ComposeLaneContext): Promise<void> => {
  await Promise.all(edgeNames.map((name) => writeRoutesOf(context, name)));
};

export const ensureEdges = async (context: ComposeLaneContext): Promise<void> => {
  await prepareEdges(context);
  await context.containers.start(
    edgeNames.map((name) => `edge-${name}` as const),
    context.signal,
  );
  await Promise.all(edgeNames.map((name) => awaitEdge(context, name)));
};

/** Starts an edge, or adopts the one that runs, with the routes the record asks for, and returns once it follows them. */
export const ensureEdge = async (context: ComposeLaneContext, name: EdgeName): Promise<void> => {
  await writeRoutesOf(context, name);
  await context.containers.start([`edge-${name}`], context.signal);
  await awaitEdge(context, name);
};

/** None for a side that is shut. */
export const writeRoutesOf = (context: ComposeLaneContext, name: EdgeName): Promise<void> =>
  writeEdgeRoutes(context, name, routesOf(context.record, name));

export const writeEdgeRoutes = async (
  context: ComposeLaneContext,
  name: EdgeName,
  routes: readonly EdgeRoute[],
): Promise<void> => {
  const folder = context.paths.routes(name);
  await ensureServiceFolder(context, dirname(folder));
  await ensureServiceFolder(context, folder);
  await writeServiceFile(context, routesFileIn(folder), renderRoutes(routes));
};

/** Turns the clients' edge to one side. Traefik watches its routes and follows by itself. */
export const pointClientsEdgeAt = (context: ComposeLaneContext, side: PairSide): Promise<void> =>
  writeEdgeRoutes(context, 'clients', [clientsRoute(side)]);

/** @throws KnownFailure `ServerNotReady` (a retry may help): it ended, or does not follow its routes in time. */
const awaitEdge = async (context: ComposeLaneContext, name: EdgeName): Promise<void> => {
  const { containers, signal } = context;
  const service = `edge-${name}` as const;
  try {
    await waitUntil(async () => ((await follows(context, name)) ? true : undefined), {
      what: `the edge of ${name}`,
      timeoutMs: 30_000,
      intervalMs: 100,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!isKnownFailure(error, 'TimedOut')) throw error;
    const state = await containers.state(service, signal);
    throw new KnownFailure(
      'ServerNotReady',
      `The container ${service} ${state?.running === true ? 'does not serve' : 'has ended'}: its log says why ("docker compose logs ${service}")`,
      { retryable: true, facts: { exitCode: state?.exitCode }, cause: error },
    );
  }
};

/**
 * Whether the edge has read the routes it is to have: one that ran already takes a moment for it. That a name which nobody
 * has is refused as unknown tells Traefik with its routes from whatever else is at the port: a door of the engine's that
 * nobody is behind yet, or Traefik that has read nothing and answers to everybody.
 */
const follows = async ({ record, reach }: ComposeLaneContext, name: EdgeName): Promise<boolean> => {
  const address = reach.edge(name);
  const [own, nobody] = await Promise.all([
    knowsNot(address, hosts[name]),
    knowsNot(address, `nobody.${hosts.clients}`),
  ]);
  const shut = name !== 'infra' && name !== 'clients' && isShut(record, name);
  return nobody && own === shut;
};

const knowsNot = async (address: string, serverName: string): Promise<boolean> => {
  const answer = await askForName({ address, serverName });
  return answer.outcome === 'refused' && answer.code === UNKNOWN_NAME;
};

const routesOf = (record: ComposeLaneRecord, name: EdgeName): readonly EdgeRoute[] => {
  if (name === 'clients') return [clientsRoute(record.clientsAt)];
  return name !== 'infra' && isShut(record, name) ? [] : [siteRoute(name)];
};

/** A site's edge answers to the site's own name, and to the clients' name for whenever clients are sent there. */
const siteRoute = (name: Exclude<EdgeName, 'clients'>): EdgeRoute => ({
  name,
  hosts: name === 'infra' ? [hosts.infra] : [hosts[name], hosts.clients],
  backend: `${name}:${ports.api}`,
});

const clientsRoute = (side: PairSide): EdgeRoute => ({
  name: 'clients',
  hosts: [hosts.clients],
  backend: `edge-${side}:${ports.edge}`,
});
