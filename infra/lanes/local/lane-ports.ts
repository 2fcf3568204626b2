/** A lane's ports: the ones that were asked for, and free ones for the rest. Chosen once, kept for the lane's life. */
import type { LocalPorts } from '../../../domain/plan/plan.js';
import { seaweedInternalPorts } from '../../../systems/object-store/server-command.js';
import { assertPortFree, findFreePorts } from '../../../systems/processes/free-ports.js';
import { type LaneRecord } from './lane-record.js';
import { edgeNames } from '../made/names.js';

type Ports = LaneRecord['ports'];

/** SeaweedFS is several servers in one process, each with two ports; RustFS needs none besides its own. */
const internalStoragePorts = { weed: seaweedInternalPorts, rustfs: 0 } as const;

/** The ports people may ask for. */
const named = [...edgeNames, 'storage'] as const;
const serverPorts = 6;

/**
 * @throws KnownFailure `PortInUse`: a port that was asked for is taken.
 */
export const choosePorts = async (
  asked: LocalPorts,
  storage: LaneRecord['storage'],
  taken: ReadonlySet<number>,
): Promise<Ports> => {
  for (const name of named) {
    const port = asked[name];
    if (port !== undefined) await assertPortFree(port, name === 'storage' ? 'the S3 server' : `the edge of ${name}`);
  }
  const given = named.map((name) => asked[name]).filter((port) => port !== undefined);
  const wanted = named.length + serverPorts + internalStoragePorts[storage] - given.length;
  const free = await findFreePorts(wanted, { avoid: new Set([...taken, ...given]) });
  const next = (): number => free.pop()!;
  return {
    edges: {
      infra: asked.infra ?? next(),
      source: asked.source ?? next(),
      target: asked.target ?? next(),
      clients: asked.clients ?? next(),
    },
    servers: {
      infra: { api: next(), cluster: next() },
      source: { api: next(), cluster: next() },
      target: { api: next(), cluster: next() },
    },
    storage: asked.storage ?? next(),
    storageInternal: Array.from({ length: internalStoragePorts[storage] }, next),
  };
};

export const portsOf = ({ ports }: LaneRecord): number[] => [
  ...Object.values(ports.edges),
  ...Object.values(ports.servers).flatMap(({ api, cluster }) => [api, cluster]),
  ports.storage,
  ...ports.storageInternal,
];
