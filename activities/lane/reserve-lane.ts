import { activityInfo } from '@temporalio/activity';
import type { LaneHolder } from '../ports/reservations.js';
import type { RunQueues } from '../../domain/contract/queues.js';
import type { ActivityPorts } from '../ports/activity-ports.js';

export interface ReserveLaneInput {
  readonly lane: string;
  readonly drillId: string;
}

export interface ReservedLane {
  /** The lane is in the state folder of the worker that reserved it: every later step of the drill goes there. */
  readonly queues: RunQueues;
}

type ReservationPorts = Pick<ActivityPorts, 'reservations' | 'temporalClusterId' | 'queues'>;

/**
 * Reserves the lane for this drill. Temporal cannot refuse a second drill under another workflow id, so the lane has to.
 *
 * @throws KnownFailure `LaneBusy`: another drill that still runs has the lane; a retry does not help.
 */
export const createReserveLane = ({ reservations, temporalClusterId, queues }: ReservationPorts) =>
  async function reserveLane({ lane, drillId }: ReserveLaneInput): Promise<ReservedLane> {
    await reservations.reserve(lane, holder(drillId, temporalClusterId));
    return { queues };
  };

/** Gives the lane back; does nothing if this drill does not hold it. */
export const createReleaseLane = ({ reservations, temporalClusterId }: Omit<ReservationPorts, 'queues'>) =>
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
