import { cancellationSignal } from '@temporalio/activity';
import type { PairSide, PairSite, Topology } from '../../domain/pair/topology.js';
import { awaiting } from '../../systems/openbao/api/awaited-server.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { withinDeadline } from '../patience/within-deadline.js';

export interface AwaitClientsInput {
  readonly topology: Topology;
  /** The site that has to be behind the clients' name. The other one is not asked: it may be fenced. */
  readonly to: PairSide;
  readonly timeoutSeconds: number;
}

/**
 * Returns once a client sees the move: the certificate behind the clients' name is the one the site shows at its own edge.
 *
 * @throws KnownFailure `ClientsNotMoved`: the name did not follow in time.
 * @throws KnownFailure `OpenBaoCertificateRefused`: a stranger answers, and goes on for longer than an edge takes to start.
 */
export const createSeeClients =
  ({ sites }: Pick<ActivityPorts, 'sites'>) =>
  async ({ topology, to, timeoutSeconds }: AwaitClientsInput, signal: AbortSignal): Promise<void> => {
    const site: PairSite = topology[to];
    const [behindTheName, atTheSite] = await Promise.all([sites.at(topology.clients), sites.at(site)]);
    await withinDeadline(
      awaiting(async () => {
        const seen = await Promise.all([behindTheName.health({ signal }), atTheSite.health({ signal })]);
        return seen[0].certificateSha256 === seen[1].certificateSha256 || undefined;
      }),
      {
        what: `clients to reach the ${to}`,
        advice: `see where ${topology.clients.serverName} leads, and that the move has taken effect`,
        timeoutMs: timeoutSeconds * 1000,
        signal,
        failureType: 'ClientsNotMoved',
      },
    );
  };

/** {@link createSeeClients} as a step of a drill. */
export const createAwaitClients = (ports: Pick<ActivityPorts, 'sites'>) => {
  const seeClients = createSeeClients(ports);
  return async function awaitClients(input: AwaitClientsInput): Promise<void> {
    await seeClients(input, cancellationSignal());
  };
};
