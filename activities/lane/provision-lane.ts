import { cancellationSignal, Context } from '@temporalio/activity';
import type { ProvisionedLane } from '../../domain/lane.js';
import type { LocalLaneOptions } from '../../domain/plan.js';
import type { ActivityPorts } from '../ports.js';

export interface ProvisionLaneInput {
  readonly lane: string;
  readonly drillId: string;
  readonly options: LocalLaneOptions;
}

/**
 * Brings the lane to life, or adopts what runs already, with a target that has never held the source's data. Safe to
 * repeat: what stands is kept.
 */
export const createProvisionLane = ({ lanes, reservations }: Pick<ActivityPorts, 'lanes' | 'reservations'>) =>
  async function provisionLane({ lane, drillId, options }: ProvisionLaneInput): Promise<ProvisionedLane> {
    await reservations.assertHeld(lane, drillId);
    const { log } = Context.current();
    return lanes
      .open(lane)
      .provision(
        { owner: drillId, options, freshTarget: true },
        (message) => void log.info(message),
        cancellationSignal(),
      );
  };
