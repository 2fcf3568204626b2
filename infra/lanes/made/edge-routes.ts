/** What stands behind each edge of a lane whose edges read their routes from files. */
import { baseline, type PairSide } from '../../../domain/pair/topology.js';
import type { EdgeRoute } from '../../../systems/edge/traefik-edge.js';
import type { EdgeName, ServerName } from './names.js';
import { isShut, type SidesOfLane } from './record/lane-sides.js';

/** Where an edge finds what stands behind it: `host:port`. */
export interface Backends {
  server(name: ServerName): string;
  edge(side: PairSide): string;
}

const { hosts } = baseline;

/** As the record has it: none for a side that is shut. */
export const routesOfEdge = (
  sides: Pick<SidesOfLane, 'clientsAt' | 'fenced' | 'lost'>,
  name: EdgeName,
  backends: Backends,
): readonly EdgeRoute[] => {
  if (name === 'clients') return [clientsRoute(sides.clientsAt, backends)];
  if (name !== 'infra' && isShut(sides, name)) return [];
  // A side's edge answers to the side's own name, and to the clients' name for whenever clients are sent there.
  return [
    { name, hosts: name === 'infra' ? [hosts.infra] : [hosts[name], hosts.clients], backend: backends.server(name) },
  ];
};

export const clientsRoute = (side: PairSide, { edge }: Pick<Backends, 'edge'>): EdgeRoute => ({
  name: 'clients',
  hosts: [hosts.clients],
  backend: edge(side),
});
