import { cancellationSignal } from '@temporalio/activity';
import { isKnownFailure } from '../../domain/known-failure.js';
import type { PairSide, PairSite, Topology } from '../../domain/topology.js';
import type { ActivityPorts } from '../ports.js';
import { withinDeadline } from '../within-deadline.js';

export interface MoveClientsInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly to: PairSide;
}

const timeoutMs = 30_000;

/**
 * Moves what stands behind the clients' name, and returns once a client sees it: the certificate behind the name is the
 * one the chosen site shows at its own edge. Safe to repeat.
 *
 * @throws KnownFailure `ClientsNotMoved`: the name did not follow in time.
 */
export const createMoveClients = ({
  lanes,
  reservations,
  sites,
}: Pick<ActivityPorts, 'lanes' | 'reservations' | 'sites'>) =>
  async function moveClients({ topology, drillId, to }: MoveClientsInput): Promise<void> {
    await reservations.assertHeld(topology.lane, drillId);
    await lanes.open(topology.lane).pointClientsAt(to, cancellationSignal());
    const site: PairSite = topology[to];
    const [behindTheName, atTheSite] = await Promise.all([sites.at(topology.clients), sites.at(site)]);
    const wanted = (await atTheSite.health()).certificateSha256;
    await withinDeadline(
      async () => {
        try {
          return (await behindTheName.health()).certificateSha256 === wanted || undefined;
        } catch (error) {
          if (isKnownFailure(error, 'OpenBaoUnreachable')) return undefined;
          throw error;
        }
      },
      { what: `clients to reach the ${to}`, timeoutMs, signal: cancellationSignal(), failureType: 'ClientsNotMoved' },
    );
  };
