/** Names of docker-compose.yml that the program relies on. */
import { type EdgeName, edgeNames, type ServerName, serverNames } from '../made/names.js';

export type LaneService = ServerName | `edge-${EdgeName}` | 'storage';

export const laneServices: readonly LaneService[] = [
  ...serverNames,
  'storage',
  ...edgeNames.map((name) => `edge-${name}` as const),
];

export const isLaneService = (name: string): name is LaneService => laneServices.some((service) => service === name);

/** Ports inside the containers. */
export const ports = { edge: 8443, api: 8200, cluster: 8201, storage: 9000 } as const;

/** Where a service finds its files. */
export const inContainer = '/lane';

export const containerName = (project: string, service: string): string => `${project}-${service}-1`;

export const networkName = (project: string, network: string): string => `${project}_${network}`;

/** An edge as others on its networks reach it. */
export const edgeAmongContainers = (name: EdgeName): string => `https://edge-${name}:${ports.edge}`;

export const storageAmongContainers = `http://storage:${ports.storage}`;
