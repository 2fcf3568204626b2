import { cancellationSignal, Context } from '@temporalio/activity';
import { thisRun } from '../holding.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface TeardownLaneInput {
  readonly lane: string;
  readonly drillId: string;
  /** Leave the lane alone unless this drill created it. */
  readonly onlyIfCreated: boolean;
  /** `pair`: source, target and the clients' edge; infra and the bucket stay. `all`: everything. */
  readonly part: 'pair' | 'all';
}

/**
 * Ends the lane's own processes and removes all that it made. Keeps a lane that existed before the drill, and a lane that this
 * program did not make. Safe to repeat.
 *
 * @throws KnownFailure `LaneElsewhere`: the lane belongs to another worker's state folder.
 */
export const createTeardownLane = (ports: Pick<ActivityPorts, 'lanes'>) =>
  async function teardownLane({
    lane: name,
    drillId,
    onlyIfCreated,
    part,
  }: TeardownLaneInput): Promise<'removed' | 'kept'> {
    const { log } = Context.current();
    const lane = await ports.lanes.held(name, thisRun(drillId));
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
