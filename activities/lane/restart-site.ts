import { cancellationSignal } from '@temporalio/activity';
import type { PairSide } from '../../domain/pair/topology.js';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';
import { serversOf } from './abilities.js';

export interface RestartSiteInput {
  readonly lane: string;
  readonly drillId: string;
  readonly site: PairSide;
}

/** Restarts one side's server: a node that sealed itself tries to unseal only when its process starts. */
export const createRestartSite = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function restartSite({ lane, drillId, site }: RestartSiteInput): Promise<void> {
    const held = await ports.lanes.held(lane, thisRun(drillId));
    await serversOf(held).restart(site, cancellationSignal());
  };
