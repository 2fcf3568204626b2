import { cancellationSignal } from '@temporalio/activity';
import type { Lane } from '../ports/lane.js';
import type { Topology } from '../../domain/pair/topology.js';
import { awaiting } from '../../systems/openbao/api/awaited-server.js';
import { thisRun } from '../holding.js';
import { serversOf } from '../lane/abilities.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { withinDeadline } from '../patience/within-deadline.js';

export interface RecoverSourceInput {
  readonly topology: Topology;
  readonly drillId: string;
}

const timeoutMs = 30_000;

/**
 * Brings a lost source back with its data, lifts its fence, and returns once it serves through its edge. Safe to repeat.
 *
 * @throws KnownFailure `SourceNotRecovered`: its server runs, but does not serve.
 * @throws KnownFailure `ServerNotReady` or `TimedOut` (a retry may help): its server did not come up.
 */
export const bringSourceBack = async (
  { sites }: Pick<ActivityPorts, 'sites'>,
  lane: Pick<Lane, 'name' | 'servers'>,
  topology: Topology,
  signal: AbortSignal,
): Promise<void> => {
  await serversOf(lane).recover('source', signal);
  const source = await sites.at(topology.source);
  await withinDeadline(
    awaiting(async () => (await source.health({ signal })).status === 200 || undefined),
    { what: 'the source to serve again', timeoutMs, signal, failureType: 'SourceNotRecovered' },
  );
};

/** {@link bringSourceBack} as a step of a drill. */
export const createRecoverSource = (ports: Pick<ActivityPorts, 'lanes' | 'sites'>) =>
  async function recoverSource({ topology, drillId }: RecoverSourceInput): Promise<void> {
    const lane = await ports.lanes.held(topology.lane, thisRun(drillId));
    await bringSourceBack(ports, lane, topology, cancellationSignal());
  };
