/** Runs a worker in this process, for commands that bring one. */
import { queuesOfFolder, type RunQueues, taskQueueIn } from '../../domain/contract/queues.js';
import { isUnindexed } from '../../domain/contract/search-attributes.js';
import { assertLaneSettings } from '../../infra/lanes/kinds.js';
import { workflowBundle } from '../../worker/bundle.js';
import { type RunningWorker, startWorker } from '../../worker/run-worker.js';
import { installRuntime } from '../../worker/runtime.js';
import { workerDeploymentIn } from '../../worker/worker-deployment.js';
import type { TemporalSettings } from '../../systems/temporal/connection-settings.js';
import type { Context, GlobalOptions } from '../cli/context.js';
import type { Workspace } from '../cli/workspace.js';

export type { RunningWorker } from '../../worker/run-worker.js';

interface WorkerHereOptions {
  readonly settings: TemporalSettings;
  /** The level of the worker's and its activities' log; `--debug` shows everything. */
  readonly logLevel: 'INFO' | 'WARN' | 'ERROR';
  /** Receives a sentence that explains why the worker may get no tasks. */
  readonly tell?: (sentence: string) => void;
}

/** @throws KnownFailure as `startWorker`, `WorkflowBundleMissing`, or of a setting that is wrong. */
export const startWorkerHere = async (
  { version, environment }: Context,
  { debug = false }: GlobalOptions,
  { stateFolder, tools }: Workspace,
  { settings, logLevel, tell }: WorkerHereOptions,
): Promise<RunningWorker> => {
  const chosen = workerSettingsIn(environment);
  const bundle = await workflowBundle();
  installRuntime({ logLevel: debug ? 'DEBUG' : logLevel });
  return startWorker({
    settings,
    stateFolder,
    tools,
    environment,
    version,
    bundle,
    ...chosen,
    ...(tell !== undefined && { tell }),
  });
};

/** @throws KnownFailure `InvalidTaskQueue`, `InvalidDeployment`, `InvalidAllowance` or `InvalidSetting`. */
const workerSettingsIn = (environment: Context['environment']) => {
  assertLaneSettings(environment);
  return {
    cutoverCommandsFolder: environment['OPENBAO_DR_CUTOVER_COMMANDS'],
    deployment: workerDeploymentIn(environment),
    taskQueue: taskQueueIn(environment),
    unindexed: isUnindexed(environment),
  };
};

/**
 * For commands that change something before they bring a worker: failures that would keep it from starting come first.
 *
 * @throws KnownFailure `WorkflowBundleMissing`, or of a setting that is wrong.
 */
export const assertWorkerCanStart = async ({ environment }: Pick<Context, 'environment'>): Promise<void> => {
  workerSettingsIn(environment);
  await workflowBundle();
};

/** Queues that a worker of this state folder takes from. */
export interface QueuesHere extends RunQueues {
  /** The queue of workflow tasks and of each run's first steps, from which workers of other state folders take, too. */
  readonly main: string;
}

/**
 * The main one is named by `OPENBAO_DR_TASK_QUEUE`. Default: `openbao-dr`.
 *
 * @throws KnownFailure `InvalidTaskQueue`.
 */
export const queuesHere = (
  { environment }: Pick<Context, 'environment'>,
  { stateFolder }: { readonly stateFolder: Pick<Workspace['stateFolder'], 'id'> },
): QueuesHere => {
  const main = taskQueueIn(environment);
  return { main, ...queuesOfFolder(main, stateFolder.id) };
};
