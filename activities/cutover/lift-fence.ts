import { cancellationSignal } from '@temporalio/activity';
import type { PairSide, Topology } from '../../domain/topology.js';
import type { ActivityPorts } from '../ports.js';

export interface LiftFenceInput {
  readonly topology: Topology;
  readonly drillId: string;
  readonly site: PairSide;
}

/** Lets a fenced site be reached again. A lost site stays out of reach until it is recovered. Safe to repeat. */
export const createLiftFence = ({ lanes, reservations }: Pick<ActivityPorts, 'lanes' | 'reservations'>) =>
  async function liftFence({ topology, drillId, site }: LiftFenceInput): Promise<void> {
    await reservations.assertHeld(topology.lane, drillId);
    await lanes.open(topology.lane).liftFence(site, cancellationSignal());
  };
