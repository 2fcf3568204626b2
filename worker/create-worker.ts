/** The one place that says how a drill's worker is set up. */
import { hostname } from 'node:os';
import { type NativeConnection, Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import type { RegisteredActivities } from '../activities/index.js';
import { taskQueue as defaultTaskQueue } from '../domain/contract.js';
import type { WorkerDeployment } from './worker-deployment.js';

export interface DrillWorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly bundle: WorkflowBundleOption;
  readonly activities: RegisteredActivities;
  /** Default: `openbao-dr`. */
  readonly taskQueue?: string;
  /** Shown by Temporal beside everything the worker did. Default: program, process and host. */
  readonly identity?: string;
  /** Where Temporal is to keep a drill on the version it began with. Default: any worker may go on with any drill. */
  readonly deployment?: WorkerDeployment | undefined;
  /** How long running activities may go on once the worker is told to stop. Default: 30000. */
  readonly shutdownGraceMs?: number;
}

/** Activities that do not end when they are cancelled are left behind this long after the grace time. */
const shutdownForceMs = 30_000;

export const createDrillWorker = ({
  connection,
  namespace,
  bundle,
  activities,
  taskQueue = defaultTaskQueue,
  identity = `openbao-dr ${process.pid}@${hostname()}`,
  deployment,
  shutdownGraceMs = 30_000,
}: DrillWorkerOptions): Promise<Worker> =>
  Worker.create({
    ...limits(shutdownGraceMs),
    connection,
    namespace,
    workflowBundle: bundle,
    activities,
    taskQueue,
    identity,
    ...(deployment !== undefined && {
      workerDeploymentOptions: { version: deployment, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
    }),
  });

const limits = (shutdownGraceMs: number): Partial<WorkerOptions> => ({
  // The SDK's own default cancels everything that runs as soon as the worker is told to stop.
  shutdownGraceTime: shutdownGraceMs,
  shutdownForceTime: shutdownGraceMs + shutdownForceMs,
  // A cancellation reaches an activity with the answer to a heartbeat, and heartbeats are held back for 80 % of their
  // limit unless told otherwise: a cancelled drill would go on for up to 24 s.
  maxHeartbeatThrottleInterval: '2 seconds',
  // Drills are few and their steps heavy.
  maxCachedWorkflows: 50,
  // A drill's client holds a slot while other steps of the drill run: as many drills as slots would wait for each other.
  maxConcurrentActivityTaskExecutions: 64,
});
