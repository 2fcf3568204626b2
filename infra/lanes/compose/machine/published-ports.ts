/** Ports of this machine that a lane publishes: the ones that were asked for, and free ones for the rest. Kept for its life. */
import type { ComposeLaneOptions } from '../../../../domain/plan/plan.js';
import { assertPortFree, findFreePorts } from '../../../../systems/processes/free-ports.js';
import type { ComposeLaneRecord } from '../lane-record.js';
import { edgeNames } from '../../made/names.js';

type Ports = ComposeLaneRecord['ports'];
type AskedPorts = ComposeLaneOptions['ports'];

const published = [...edgeNames, 'storage'] as const;

/** @throws KnownFailure `PortInUse` or `PortNotAllowed`, naming the first port that cannot be had. */
export const assertPortsFree = async (asked: AskedPorts): Promise<void> => {
  for (const name of published) {
    const port = asked[name];
    if (port !== undefined) await assertPortFree(port, name === 'storage' ? 'the S3 server' : `the edge of ${name}`);
  }
};

/**
 * Those that were asked for are taken as they are: see {@link assertPortsFree}.
 *
 * @throws KnownFailure `NoFreePort` (a retry may help).
 */
export const choosePorts = async (asked: AskedPorts, taken: ReadonlySet<number>): Promise<Ports> => {
  const given = published.map((name) => asked[name]).filter((port) => port !== undefined);
  const free = await findFreePorts(published.length - given.length, { avoid: new Set([...taken, ...given]) });
  const port = (name: (typeof published)[number]): number => asked[name] ?? free.pop()!;
  return {
    infra: port('infra'),
    source: port('source'),
    target: port('target'),
    clients: port('clients'),
    storage: port('storage'),
  };
};
