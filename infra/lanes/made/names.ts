/** Names of what every lane has: a server for each site, an edge before each, and the clients' own edge. */
import type { SiteName } from '../../../domain/pair/topology.js';

export const serverNames = ['infra', 'source', 'target'] as const satisfies readonly SiteName[];
export type ServerName = (typeof serverNames)[number];

export const edgeNames = [...serverNames, 'clients'] as const;
export type EdgeName = (typeof edgeNames)[number];
