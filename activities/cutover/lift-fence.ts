import { cancellationSignal } from '@temporalio/activity';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface LiftFenceInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly site: PairSide;
}

/** Lets a fenced site be reached again. A lost site stays out of reach until it is recovered. Safe to repeat. */
export const createLiftFence = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function liftFence({ topology, drillId, site }: LiftFenceInput): Promise<void> {
    const lane = await ports.lanes.held(topology.lane, thisRun(drillId));
    await lane.edges.liftFence(site, cancellationSignal());
  };
