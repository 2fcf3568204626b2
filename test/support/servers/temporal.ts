/** A real Temporal server for a test file, and workers on it. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { asTemporalActivities } from '../../../activities/as-temporal-activity.js';
import type { DrillActivities } from '../../../activities/index.js';
import { queuesOfFolder } from '../../../domain/contract/queues.js';
import { connectClient } from '../../../systems/temporal/connect.js';
import { connectWorker } from '../../../systems/temporal/connect-worker.js';
import { settingsOfOwnServer, type TemporalSettings } from '../../../systems/temporal/connection-settings.js';
import { joinDevServer } from '../../../systems/temporal/dev-server.js';
import { createDrillWorkers, type DrillWorkerOptions } from '../../../worker/create-worker.js';
import { type RunningWorker, runWorkers } from '../../../worker/running-worker.js';
import { installRuntime } from '../../../worker/runtime.js';
import { stubFolderId } from '../drills/stub-activities.js';
import { toolPath } from '../tools.js';
import { bundleDrill } from '../drills/workflow-bundle.js';

export interface TestTemporal {
  readonly settings: TemporalSettings;
  readonly connection: Connection;
  readonly client: Client;
  readonly native: NativeConnection;
  stop(): Promise<void>;
}

/** For `beforeAll`: takes a second or two. */
export const startTestTemporal = async (): Promise<TestTemporal> => {
  // Activities of these tests fail on purpose.
  installRuntime({ logLevel: 'ERROR' });
  const folder = await mkdtemp(join(tmpdir(), 'openbao-dr-temporal-'));
  const server = await joinDevServer({ folder, temporalPath: toolPath('temporal') });
  const settings = settingsOfOwnServer(server.address);
  const client = await connectClient(settings);
  const native = await connectWorker(settings);
  return {
    settings,
    connection: client.connection,
    client: client.client,
    native,
    async stop() {
      await native.close();
      await client.close();
      await server.leave();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export interface DrillWorker extends RunningWorker {
  /** The worker's own, so that tests do not disturb each other. */
  readonly taskQueue: string;
}

export interface TestWorkerOptions extends Partial<
  Pick<DrillWorkerOptions, 'bundle' | 'taskQueue' | 'mostSteps' | 'mostCached' | 'shutdownGraceMs'>
> {
  readonly folderId?: string;
}

/** Runs the real workflows over the given activities until `shutdown`. */
export const runDrillWorker = async (
  { native, settings }: TestTemporal,
  activities: DrillActivities,
  options: TestWorkerOptions = {},
): Promise<DrillWorker> => {
  const { taskQueue = `test-${randomUUID()}`, folderId = stubFolderId, ...settingsOfWorker } = options;
  const workers = await createDrillWorkers({
    connection: native,
    namespace: settings.namespace,
    bundle: options.bundle ?? (await bundleDrill()),
    activities: asTemporalActivities(activities),
    shutdownGraceMs: 500,
    ...settingsOfWorker,
    taskQueue,
    queues: queuesOfFolder(taskQueue, folderId),
  });
  return { ...runWorkers(workers, async () => undefined), taskQueue };
};
