import { cancellationSignal, Context } from '@temporalio/activity';
import type { ActivityPorts } from '../ports.js';

export interface TeardownLaneInput {
  readonly lane: string;
  readonly drillId: string;
  /** Leave the lane alone unless this drill created it. */
  readonly onlyIfCreated: boolean;
}

/**
 * Ends the lane's own processes and removes what it made, or keeps it for whoever had it before. Safe to repeat.
 *
 * @throws KnownFailure `LaneElsewhere`: the lane is not this worker's to take down.
 */
export const createTeardownLane = ({ lanes, reservations }: Pick<ActivityPorts, 'lanes' | 'reservations'>) =>
  async function teardownLane({ lane: name, drillId, onlyIfCreated }: TeardownLaneInput): Promise<'removed' | 'kept'> {
    await reservations.assertHeld(name, drillId);
    const { log } = Context.current();
    const lane = lanes.open(name);
    const createdBy = await lane.createdBy();
    if (onlyIfCreated && createdBy !== undefined && createdBy !== drillId) return 'kept';
    await lane.teardown((message) => void log.info(message), cancellationSignal());
    return 'removed';
  };
