import { cancellationSignal } from '@temporalio/activity';
import type { PairSide } from '../../domain/topology.js';
import type { ActivityPorts } from '../ports.js';

export interface RestartSiteInput {
  readonly lane: string;
  readonly drillId: string;
  readonly site: PairSide;
}

/** Restarts one side's server: a node that sealed itself tries to unseal only when its process starts. */
export const createRestartSite = ({ lanes, reservations }: Pick<ActivityPorts, 'lanes' | 'reservations'>) =>
  async function restartSite({ lane, drillId, site }: RestartSiteInput): Promise<void> {
    await reservations.assertHeld(lane, drillId);
    await lanes.open(lane).restartSite(site, cancellationSignal());
  };
