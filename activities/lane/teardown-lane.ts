import { cancellationSignal, Context } from '@temporalio/activity';
import type { ActivityPorts } from '../ports.js';

export interface TeardownLaneInput {
  readonly lane: string;
  /** Leave the lane alone unless this drill created it. */
  readonly onlyIfCreatedBy?: string;
}

/** Ends the lane's own processes and removes what it made, or keeps it for whoever had it before. Safe to repeat. */
export const createTeardownLane = ({ lanes }: Pick<ActivityPorts, 'lanes'>) =>
  async function teardownLane({ lane: name, onlyIfCreatedBy }: TeardownLaneInput): Promise<'removed' | 'kept'> {
    const { log } = Context.current();
    const lane = lanes.open(name);
    const createdBy = await lane.createdBy();
    if (onlyIfCreatedBy !== undefined && createdBy !== undefined && createdBy !== onlyIfCreatedBy) return 'kept';
    await lane.teardown((message) => void log.info(message), cancellationSignal());
    return 'removed';
  };
