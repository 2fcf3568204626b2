/** A worker from its connection to its end: what the commands `worker`, `dev` and `drill` share. */
import type { NativeConnection, WorkflowBundleOption } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { taskQueue as defaultTaskQueue } from '../domain/contract/contract.js';
import type { StateFolder } from '../infra/state/state-folder.js';
import { readClusterId } from '../systems/temporal/connect.js';
import { connectWorker } from '../systems/temporal/connect-worker.js';
import type { TemporalSettings } from '../systems/temporal/connection-settings.js';
import { ensureSearchAttributes } from '../systems/temporal/ensure-search-attributes.js';
import { type AskedQueue, currentVersionOf } from '../systems/temporal/worker-versions.js';
import type { ToolBox } from '../systems/tools/index.js';
import { type AssembleActivityPortsOptions, assembleActivityPorts } from './assemble-ports.js';
import { createDrillWorkers, identityOf, type DrillWorkerOptions } from './create-worker.js';
import { type RunningWorker, runWorkers } from './running-worker.js';
import { versionNotice, type VersionNoticeInput } from './version-notice.js';

export type { RunningWorker, WorkerHealth } from './running-worker.js';

export interface StartWorkerOptions
  extends
    Pick<DrillWorkerOptions, 'identity' | 'shutdownGraceMs' | 'deployment'>,
    Pick<AssembleActivityPortsOptions, 'cutoverCommandsFolder' | 'environment' | 'unindexed'> {
  readonly settings: TemporalSettings;
  readonly stateFolder: StateFolder;
  readonly tools: ToolBox;
  /** This program's. */
  readonly version: string;
  readonly bundle: WorkflowBundleOption;
  /** Default: `openbao-dr`. */
  readonly taskQueue?: string;
  /** Told, in a sentence, why the worker may get nothing to do. */
  readonly tell?: (sentence: string) => void;
}

/**
 * Connects a worker to Temporal and runs it. `installRuntime` comes first.
 *
 * @throws KnownFailure `TemporalUnreachable` (a retry may help), `NamespaceMissing` or `TemporalAccessDenied`.
 * @throws KnownFailure `SearchAttributesMissing` or `SearchAttributesUnusable`.
 */
export const startWorker = async ({
  settings,
  stateFolder,
  tools,
  environment,
  version,
  cutoverCommandsFolder,
  unindexed = false,
  identity = identityOf(version),
  taskQueue = defaultTaskQueue,
  tell,
  ...options
}: StartWorkerOptions): Promise<RunningWorker> => {
  const connection = await connectWorker(settings);
  try {
    if (!unindexed) await ensureSearchAttributes(connection, settings);
    const temporalClusterId = await readClusterId(connection, settings.namespace);
    const ports = assembleActivityPorts({
      stateFolder,
      tools,
      environment,
      connection,
      temporalClusterId,
      version,
      taskQueue,
      cutoverCommandsFolder,
      unindexed,
    });
    const activities = createActivities(ports);
    const { namespace } = settings;
    const { queues } = ports;
    const workers = await createDrillWorkers({
      ...options,
      identity,
      connection,
      namespace,
      activities,
      taskQueue,
      queues,
    });
    const running = runWorkers(workers, () => connection.close());
    const notice = await noticeOf(connection, { namespace, taskQueue, mine: options.deployment });
    if (notice !== undefined) tell?.(notice);
    return running;
  } catch (error) {
    await connection.close();
    throw error;
  }
};

/** A server that cannot be asked is no reason not to work. */
const noticeOf = async (
  connection: NativeConnection,
  { namespace, taskQueue, mine }: AskedQueue & Pick<VersionNoticeInput, 'mine'>,
): Promise<string | undefined> => {
  try {
    return versionNotice({ taskQueue, mine, current: await currentVersionOf(connection, { namespace, taskQueue }) });
  } catch {
    return undefined;
  }
};
