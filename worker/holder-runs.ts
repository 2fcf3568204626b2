/** A lane that a drill reserved is free again once that drill's workflow is over, which only its own Temporal knows. */
import type { ConnectionLike } from '@temporalio/client';
import type { LaneHolder } from '../activities/ports/reservations.js';
import { grpcStatus, statusOf } from '../systems/temporal/failures.js';

export interface AskWhetherRunningPorts {
  readonly connection: Pick<ConnectionLike, 'workflowService'>;
  /** Identity of the Temporal cluster behind the connection. */
  readonly temporalClusterId: string;
}

/** Returns whether a holder's workflow still runs; `unknown` when another Temporal cluster runs it. */
export const askWhetherRunning =
  ({ connection: { workflowService }, temporalClusterId }: AskWhetherRunningPorts) =>
  async ({ namespace, workflowId, runId, ...holder }: LaneHolder): Promise<boolean | 'unknown'> => {
    if (holder.temporalClusterId !== temporalClusterId) return 'unknown';
    try {
      const execution = { workflowId, runId };
      const { workflowExecutionInfo } = await workflowService.describeWorkflowExecution({ namespace, execution });
      // The status does not decide, because a paused workflow still has its lane.
      return !workflowExecutionInfo?.closeTime;
    } catch (error) {
      if (statusOf(error) === grpcStatus.notFound) return false;
      throw error;
    }
  };
