/** Finds the version of workers that a task queue gives its runs to: a worker of another version waits in vain. */
import type { ConnectionLike } from '@temporalio/client';

export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

export interface AskedQueue {
  readonly namespace: string;
  readonly taskQueue: string;
}

/**
 * The version that new runs of a task queue go to; undefined: to workers without a version. The answer of a server that knows no
 * versions is undefined, too.
 */
export const currentVersionOf = async (
  { workflowService }: Pick<ConnectionLike, 'workflowService'>,
  { namespace, taskQueue }: AskedQueue,
): Promise<WorkerVersion | undefined> => {
  const { versioningInfo } = await workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowTasks,
  });
  const { deploymentName = '', buildId = '' } = versioningInfo?.currentDeploymentVersion ?? {};
  return deploymentName && buildId ? { deploymentName, buildId } : undefined;
};

/** `TASK_QUEUE_TYPE_WORKFLOW` of Temporal's API. */
const workflowTasks = 1;
