import type { Check, CheckName } from '../../domain/run/checks.js';
import { describeMarker, isMarker, markerOf } from '../../domain/pair/marker.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import { observeCheck } from '../observing/observe-check.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { readMarker } from '../verify/read-marker.js';

export interface ConfirmClientsInput {
  readonly topology: Topology;
  readonly drillId: string;
  /** Which site has to be the one that answers. */
  readonly at: PairSide;
}

const checkOf: Record<PairSide, CheckName> = { target: 'client-reaches-target', source: 'client-back-at-source' };

/**
 * Does what a client does that knows only the clients' name: logs in with the source's password and reads the source's
 * marker. Which site answered shows in its certificate; the cluster id cannot tell, both have the same after a restore.
 */
export const createConfirmClients = ({ sites }: Pick<ActivityPorts, 'sites'>) =>
  async function confirmClients({ topology, drillId, at }: ConfirmClientsInput): Promise<Check> {
    const { clients, source } = topology;
    return observeCheck(
      checkOf[at],
      `${clients.serverName} serves the source's login and marker from the ${at}`,
      async () => {
        const [behindTheName, atTheSite] = await Promise.all([
          sites.at(clients).then((openbao) => openbao.health()),
          sites.at(topology[at]).then((openbao) => openbao.health()),
        ]);
        const found = await readMarker(sites, clients, source.admin);
        const sameServer = behindTheName.certificateSha256 === atTheSite.certificateSha256;
        return {
          passed: sameServer && isMarker(found, markerOf('source', drillId)),
          observed: `${sameServer ? `the ${at}` : 'another server'} answered with ${describeMarker(found)}`,
        };
      },
    );
  };
