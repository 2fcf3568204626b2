/** The lane's edges: one Traefik a site that passes TLS through, and the clients' own, which cutover turns. */
import { dirname } from 'node:path';
import type { PairSide } from '../../../domain/pair/topology.js';
import { isKnownFailure, KnownFailure } from '../../../domain/known-failure.js';
import { type EdgeRoute, renderRoutes, routesFileIn } from '../../../systems/edge/traefik-edge.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { edgeFollows } from '../made/edge-follows.js';
import { type Backends, clientsRoute, routesOfEdge } from '../made/edge-routes.js';
import { type ComposeLaneContext, ensureServiceFolder, writeServiceFile } from './lane-context.js';
import { type EdgeName, edgeNames } from '../made/names.js';
import { ports } from './names.js';

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
  writeEdgeRoutes(context, name, routesOfEdge(context.record, name, backends));

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
  writeEdgeRoutes(context, 'clients', [clientsRoute(side, backends)]);

/** @throws KnownFailure `ServerNotReady` (a retry may help): it ended, or does not follow its routes in time. */
const awaitEdge = async (context: ComposeLaneContext, name: EdgeName): Promise<void> => {
  const { containers, record, reach, signal } = context;
  const service = `edge-${name}` as const;
  try {
    await waitUntil(async () => ((await edgeFollows(record, name, reach.edge(name))) ? true : undefined), {
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

const backends: Backends = {
  server: (name) => `${name}:${ports.api}`,
  edge: (side) => `edge-${side}:${ports.edge}`,
};
