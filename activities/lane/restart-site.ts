import { cancellationSignal } from '@temporalio/activity';
import type { PairSide } from '../../domain/topology.js';
import type { ActivityPorts } from '../ports.js';

export interface RestartSiteInput {
  readonly lane: string;
  readonly site: PairSide;
}

/** Restarts one side's server: a node that sealed itself tries to unseal only when its process starts. */
export const createRestartSite = ({ lanes }: Pick<ActivityPorts, 'lanes'>) =>
  async function restartSite({ lane, site }: RestartSiteInput): Promise<void> {
    await lanes.open(lane).restartSite(site, cancellationSignal());
  };
