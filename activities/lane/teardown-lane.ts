import { cancellationSignal, Context } from '@temporalio/activity';
import { heldLane } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface TeardownLaneInput {
  readonly lane: string;
  readonly drillId: string;
  /** Leave the lane alone unless this drill created it. */
  readonly onlyIfCreated: boolean;
  /** `pair`: source, target and the clients' edge; what signs the report and keeps the snapshot stays. `all`: everything. */
  readonly part: 'pair' | 'all';
}

/**
 * Ends the lane's own processes and removes what it made, or keeps it for whoever had it before, as it does a lane that is not this program's to
 * remove. Safe to repeat.
 *
 * @throws KnownFailure `LaneElsewhere`: the lane is not this worker's to take down.
 */
export const createTeardownLane = (ports: Pick<ActivityPorts, 'lanes' | 'reservations'>) =>
  async function teardownLane({
    lane: name,
    drillId,
    onlyIfCreated,
    part,
  }: TeardownLaneInput): Promise<'removed' | 'kept'> {
    const { log } = Context.current();
    const lane = await heldLane(ports, { lane: name, drillId });
    const { disposal } = lane;
    if (disposal === undefined) return 'kept';
    const createdBy = await disposal.createdBy();
    if (onlyIfCreated && createdBy !== undefined && createdBy !== drillId) return 'kept';
    const progress = (message: string): void => void log.info(message);
    await (part === 'pair'
      ? disposal.teardownPair(progress, cancellationSignal())
      : disposal.teardown(progress, cancellationSignal()));
    return 'removed';
  };
