/** Explains why a run does not answer, from Temporal's own facts, which need no worker. */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { statusOf } from '../../systems/temporal/failures.js';

export type Silence =
  /** No worker asks for the run's tasks. */
  | { readonly why: 'no-worker'; readonly taskQueue: string }
  /** A worker takes the run's tasks and fails at them. */
  | {
      readonly why: 'cannot-replay' | 'task-fails';
      /** The number of its attempts; undefined if it failed only at a query. */
      readonly attempts: number | undefined;
      readonly failure: string | undefined;
      /** The worker that moved the run last: its version can, if it differs. */
      readonly movedBy: string | undefined;
    }
  /** The run is pinned to a version of the program, and no worker of that version is present. */
  | { readonly why: 'pinned'; readonly deployment: string; readonly buildId: string }
  /** Workers of versions are present, and none of these versions takes new runs. */
  | { readonly why: 'no-current-version'; readonly versions: readonly string[] }
  /** A worker is present, and was too slow. */
  | { readonly why: 'slow'; /** Who asks for the run's tasks. */ readonly workers: readonly string[] };

/** A worker asks again at least once a minute. */
const recentMs = 70_000;
/** temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW */
const workflowTasks = 1;
/** temporal.api.enums.v1.VersioningBehavior.VERSIONING_BEHAVIOR_PINNED */
const pinned = 1;
/** temporal.api.enums.v1.WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED */
const versioned = 2;
/** temporal.api.enums.v1.EventType */
const taskCompleted = 7;
const taskFailed = 9;
/** temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR */
const nonDeterministic = 24;

type Service = Pick<Client['workflow'], 'workflowService' | 'options'>;

interface SilentRun {
  readonly description: WorkflowExecutionDescription;
  /** The failure of its last query. */
  readonly error: unknown;
}

/** @throws the server's failures about a run or a queue. */
export const explainSilence = async (service: Service, { description, error }: SilentRun): Promise<Silence> => {
  const { raw } = description;
  const attempts = raw.pendingWorkflowTask?.attempt ?? 1;
  const said = queryFailure(error);
  if (attempts > 1 || said !== undefined) {
    const { cause, failure, movedBy } = await readLastTasks(service, description);
    const told = failure ?? said;
    const replay = cause === nonDeterministic || (told ?? '').includes('TMPRL1100');
    return {
      why: replay ? 'cannot-replay' : 'task-fails',
      attempts: attempts > 1 ? attempts : undefined,
      failure: told,
      movedBy,
    };
  }
  const taskQueue = raw.executionConfig?.taskQueue?.name ?? description.taskQueue;
  const pollers = await recentPollers(service, taskQueue);
  const versions = pollers.filter(
    ({ deploymentOptions }) => Number(deploymentOptions?.workerVersioningMode) === versioned,
  );
  const { behavior, deploymentVersion } = raw.workflowExecutionInfo?.versioningInfo ?? {};
  if (Number(behavior) === pinned && deploymentVersion?.deploymentName) {
    const { deploymentName: deployment, buildId } = deploymentVersion;
    const isThere = versions.some(
      ({ deploymentOptions: at }) => at?.deploymentName === deployment && at?.buildId === buildId,
    );
    if (!isThere) return { why: 'pinned', deployment, buildId: buildId ?? '' };
  } else if (versions.length > 0 && versions.length === pollers.length && raw.pendingWorkflowTask) {
    const names = versions.map(({ deploymentOptions: at }) => `${at?.deploymentName}.${at?.buildId}`);
    return { why: 'no-current-version', versions: [...new Set(names)] };
  }
  return pollers.length === 0 || sawNoPoller(error)
    ? { why: 'no-worker', taskQueue }
    : { why: 'slow', workers: identitiesOf(pollers) };
};

/** A worker's answer in place of the status; undefined if no worker answered. */
const queryFailure = (error: unknown): string | undefined => {
  const message = error instanceof Error ? error.message : '';
  return message.includes('TMPRL') || message.includes('failed state') ? message : undefined;
};

/** The server reports it 20 s after the last worker has gone; its list of pollers forgets more slowly. */
const sawNoPoller = (error: unknown): boolean =>
  detailsOf(error).includes('no poller') || (error instanceof Error && error.message.includes('no poller'));

const detailsOf = (error: unknown): string => {
  if (isGrpcServiceError(error)) return error.details;
  return error instanceof Error && statusOf(error) !== undefined ? detailsOf(error.cause) : '';
};

const recentPollers = async ({ workflowService, options: { namespace } }: Service, name: string) => {
  const asked = { namespace, taskQueue: { name }, taskQueueType: workflowTasks };
  const { pollers } = await workflowService.describeTaskQueue(asked);
  const oldest = Date.now() - recentMs;
  return (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= oldest);
};

const identitiesOf = (pollers: readonly { readonly identity?: string | null }[]): readonly string[] => [
  ...new Set(pollers.flatMap(({ identity }) => (identity ? [identity] : []))),
];

/** The newest failed task, because later attempts leave no trace, and the worker that completed the one before. */
const readLastTasks = async (
  { workflowService, options: { namespace } }: Service,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<{ readonly cause?: number; readonly failure?: string; readonly movedBy: string | undefined }> => {
  const { history } = await workflowService.getWorkflowExecutionHistoryReverse({
    namespace,
    execution: { workflowId, runId },
    maximumPageSize: 100,
  });
  const events = history?.events ?? [];
  const completed = events.findIndex(({ eventType }) => Number(eventType) === taskCompleted);
  const failed = events.findIndex(({ eventType }) => Number(eventType) === taskFailed);
  const movedBy = events[completed]?.workflowTaskCompletedEventAttributes?.identity ?? undefined;
  const attributes =
    failed !== -1 && (completed === -1 || failed < completed)
      ? events[failed]?.workflowTaskFailedEventAttributes
      : undefined;
  if (!attributes) return { movedBy };
  return {
    ...(attributes.cause !== null && attributes.cause !== undefined && { cause: Number(attributes.cause) }),
    ...(attributes.failure?.message && { failure: attributes.failure.message }),
    movedBy,
  };
};
