import { activityInfo } from '@temporalio/activity';
import type { LaneHolder } from '../../domain/lane.js';
import type { ActivityPorts } from '../ports.js';

export interface ReserveLaneInput {
  readonly lane: string;
  readonly drillId: string;
}

type ReservationPorts = Pick<ActivityPorts, 'reservations' | 'temporalClusterId'>;

/**
 * Takes the lane for this drill. Temporal cannot refuse a second drill that was started under another workflow id: the
 * lane has to.
 *
 * @throws KnownFailure `LaneBusy`: another drill that still runs has the lane; a retry does not help.
 */
export const createReserveLane = ({ reservations, temporalClusterId }: ReservationPorts) =>
  async function reserveLane({ lane, drillId }: ReserveLaneInput): Promise<void> {
    await reservations.reserve(lane, holder(drillId, temporalClusterId));
  };

/** Gives the lane back; does nothing when it was never this drill's. */
export const createReleaseLane = ({ reservations, temporalClusterId }: ReservationPorts) =>
  async function releaseLane({ lane, drillId }: ReserveLaneInput): Promise<void> {
    await reservations.release(lane, holder(drillId, temporalClusterId));
  };

const holder = (drillId: string, temporalClusterId: string): LaneHolder => {
  const { workflowExecution, workflowNamespace } = activityInfo();
  if (workflowExecution === undefined || workflowNamespace === undefined) {
    throw new Error('a lane is reserved for a workflow, and no workflow called this activity');
  }
  const { workflowId, runId } = workflowExecution;
  return { drillId, workflowId, runId, namespace: workflowNamespace, temporalClusterId };
};
