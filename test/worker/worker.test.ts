import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillWorkflowType } from '../../domain/contract/contract.js';
import type { LaneHolder } from '../../activities/ports/reservations.js';
import { openStateFolder } from '../../infra/state/state-folder.js';
import { readClusterId } from '../../systems/temporal/connect.js';
import { settingsOfOwnServer } from '../../systems/temporal/connection-settings.js';
import { createToolBox } from '../../systems/tools/index.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { askWhetherRunning } from '../../worker/holder-runs.js';
import { startWorker, type StartWorkerOptions } from '../../worker/run-worker.js';
import { createStubActivities, stubQueues } from '../support/drills/stub-activities.js';
import { runDrillWorker, startTestTemporal, type TestTemporal } from '../support/servers/temporal.js';
import { bundleDrill } from '../support/drills/workflow-bundle.js';

let temporal: TestTemporal;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openbao-dr-worker-'));
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
  await rm(folder, { recursive: true, force: true });
});

const options = async (): Promise<StartWorkerOptions> => ({
  settings: temporal.settings,
  stateFolder: await openStateFolder(join(folder, 'state')),
  tools: createToolBox({ environment: {}, cacheFolder: join(folder, 'cache') }),
  environment: {},
  version: '0.0.0',
  bundle: await bundleDrill(),
  taskQueue: `test-${randomUUID()}`,
});

describe('startWorker', () => {
  it('runs the real activities until it is shut down, and then lets go of everything', async () => {
    const { taskQueue, ...rest } = await options();
    const worker = await startWorker({ ...rest, taskQueue: taskQueue! });
    expect(worker.health()).toBe('ready');

    const start = { taskQueue: taskQueue!, workflowId: taskQueue!, args: [{ lane: 'moon' }] };
    const failing = temporal.client.workflow.execute(drillWorkflowType, start);
    await expect(failing).rejects.toMatchObject({ cause: { type: 'InvalidPlan' } });

    const stopping = worker.shutdown();
    expect(worker.health()).toBe('stopping');
    await Promise.all([stopping, worker.shutdown()]);
    expect(worker.health()).toBe('stopped');
    await worker.run;
  });

  it('fails at once, and clearly, where no Temporal answers', async () => {
    const starting = startWorker({ ...(await options()), settings: settingsOfOwnServer('127.0.0.1:1') });
    await expect(starting).rejects.toMatchObject({ type: 'TemporalUnreachable' });
  });

  it('lets the step that runs end before it ends itself', async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const stubs = createStubActivities({
      reserveLane: async () => {
        await held;
        return { queues: stubQueues() };
      },
    });
    const worker = await runDrillWorker(temporal, stubs.activities, { shutdownGraceMs: 20_000 });
    const { taskQueue } = worker;
    const handle = await temporal.client.workflow.start(drillWorkflowType, {
      taskQueue,
      workflowId: taskQueue,
      args: [{ lane: 'local' }],
    });
    await waitUntil(async () => stubs.steps().includes('reserveLane') || undefined, { what: 'it', timeoutMs: 20_000 });
    const stopping = worker.shutdown();
    goOn();
    await stopping;
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.activityTaskCompletedEventAttributes)).toHaveLength(2);
    await handle.terminate();
  });
});

describe('askWhetherRunning', () => {
  const ask = async (holder: Partial<LaneHolder>): Promise<boolean | 'unknown'> => {
    const temporalClusterId = await readClusterId(temporal.connection, 'default');
    const known = { drillId: 'd', workflowId: 'none', runId: randomUUID(), namespace: 'default', temporalClusterId };
    return askWhetherRunning({ connection: temporal.native, temporalClusterId })({ ...known, ...holder });
  };
  const start = async (): Promise<{ workflowId: string; runId: string }> => {
    const workflowId = `holder-${randomUUID()}`;
    const taskQueue = 'nobody-works-here';
    const handle = await temporal.client.workflow.start(drillWorkflowType, { taskQueue, workflowId });
    return { workflowId, runId: handle.firstExecutionRunId };
  };

  it('knows a drill that runs, worker or not, and one that is over', async () => {
    const holder = await start();
    expect(await ask(holder)).toBe(true);
    await temporal.client.workflow.getHandle(holder.workflowId).terminate();
    expect(await ask(holder)).toBe(false);
  });

  it('does not take a later run under the same id for the holder', async () => {
    const { workflowId, runId } = await start();
    await temporal.client.workflow.getHandle(workflowId).terminate();
    const taskQueue = 'nobody-works-here';
    const next = await temporal.client.workflow.start(drillWorkflowType, { taskQueue, workflowId });
    expect(await ask({ workflowId, runId })).toBe(false);
    expect(await ask({ workflowId, runId: next.firstExecutionRunId })).toBe(true);
    await next.terminate();
  });

  it('takes a drill that Temporal has forgotten, with its namespace or without, for one that is over', async () => {
    expect(await ask({ workflowId: 'none' })).toBe(false);
    expect(await ask({ namespace: 'gone' })).toBe(false);
  });

  it('cannot tell of a drill on another Temporal', async () => {
    expect(await ask({ temporalClusterId: 'another' })).toBe('unknown');
  });
});
