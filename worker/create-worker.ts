/** Sets up the workers of a process, in one place. */
import { hostname } from 'node:os';
import { type NativeConnection, Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import type { RegisteredActivities } from '../activities/index.js';
import type { RunQueues } from '../domain/contract/queues.js';
import type { WorkerDeployment } from './worker-deployment.js';

export interface DrillWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly bundle: WorkflowBundleOption;
  readonly activities: RegisteredActivities;
  /** The queue of workflow tasks and of each run's first steps. */
  readonly taskQueue: string;
  /** The queues of the activities' state folder. */
  readonly queues: RunQueues;
  /** Temporal shows it beside every action of the worker. Default: {@link identityOf} this process. */
  readonly identity?: string;
  /** The deployment on whose version Temporal keeps a drill. Default: any worker may go on with any drill. */
  readonly deployment?: WorkerDeployment | undefined;
  /** Steps at the same time, of all runs together. Drills are few and their steps heavy. Default: 64. */
  readonly mostSteps?: number;
  /** Runs that are kept in memory; any other is replayed at its next task. Default: 300. */
  readonly mostCached?: number;
  /** How long running activities may go on once the worker stops. Default: 30000. */
  readonly shutdownGraceMs?: number;
}

/** Program, version, process and host: `openbao-dr 0.1.0 4711@worker-0`. */
export const identityOf = (version?: string): string =>
  ['openbao-dr', ...(version === undefined ? [] : [version]), `${process.pid}@${hostname()}`].join(' ');

/** Activities that do not end when they are cancelled are left behind this long after the grace time. */
const shutdownForceMs = 30_000;

/**
 * One worker a queue: one that decides what each run does next and begins it, one for the steps of runs whose lanes are in this
 * state folder, and one for their clients in the background. None of them runs yet.
 */
export const createDrillWorkers = async ({
  connection,
  namespace,
  bundle,
  activities,
  taskQueue,
  queues,
  identity = identityOf(),
  deployment,
  mostSteps = 64,
  mostCached = 300,
  shutdownGraceMs = 30_000,
}: DrillWorkerOptions): Promise<readonly Worker[]> => {
  const common: Pick<WorkerOptions, 'connection' | 'namespace' | 'activities' | 'identity'> & Partial<WorkerOptions> = {
    ...limits(shutdownGraceMs),
    // Drills that wait for a person stay cached, because a query replays one that is not.
    maxCachedWorkflows: mostCached,
    maxConcurrentActivityTaskExecutions: mostSteps,
    connection,
    namespace,
    activities,
    identity,
    ...(deployment !== undefined && {
      workerDeploymentOptions: { version: deployment, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
    }),
  };
  const workers: Worker[] = [];
  try {
    workers.push(await Worker.create({ ...common, taskQueue, workflowBundle: bundle }));
    workers.push(await Worker.create({ ...common, taskQueue: queues.steps }));
    workers.push(await Worker.create({ ...common, ...manyAtOnce, taskQueue: queues.client }));
    return workers;
  } catch (error) {
    await Promise.all(workers.map(discard));
    throw error;
  }
};

/** A worker lets go of its connection only by running to its end. */
const discard = async (worker: Worker): Promise<void> => {
  const run = worker.run();
  worker.shutdown();
  await run.catch(() => undefined);
};

const limits = (shutdownGraceMs: number): Partial<WorkerOptions> => ({
  // The SDK's own default cancels every running activity as soon as the worker stops.
  shutdownGraceTime: shutdownGraceMs,
  shutdownForceTime: shutdownGraceMs + shutdownForceMs,
  // A cancellation reaches an activity with the answer to a heartbeat, and heartbeats are held back for 80 % of their
  // limit unless told otherwise: a cancelled drill would go on for up to 24 s.
  maxHeartbeatThrottleInterval: '2 seconds',
});

/** A canary waits for answers most of the time, keeps its slot while every other step of its run comes and goes, and is to end soon. */
const manyAtOnce = {
  maxConcurrentActivityTaskExecutions: 2_000,
  maxConcurrentActivityTaskPolls: 4,
  maxHeartbeatThrottleInterval: '300 milliseconds',
} as const;
