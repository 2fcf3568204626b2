import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillActivities } from '../../activities/index.js';
import { drillWorkflowType, messages } from '../../domain/contract/contract.js';
import { queuesOfFolder, reserveOnMemo } from '../../domain/contract/queues.js';
import type { DrillReport, DrillStatus } from '../../domain/report/report.js';
import { connectWorker } from '../../systems/temporal/connect-worker.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { createStubActivities, type StepName } from '../support/drills/stub-activities.js';
import { type DrillWorker, runDrillWorker, startTestTemporal, type TestTemporal } from '../support/servers/temporal.js';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(() => temporal.stop());

const status = (workflowId: string): Promise<DrillStatus> =>
  temporal.client.workflow.getHandle(workflowId).query<DrillStatus>(messages.status);
const approve = (workflowId: string): Promise<void> =>
  temporal.client.workflow.getHandle(workflowId).signal(messages.approve, { approver: 'ann' });
const result = async (workflowId: string): Promise<string> =>
  ((await temporal.client.workflow.getHandle(workflowId).result()) as DrillReport).result;

/** Steps of a worker with a state folder of its own, which write down that it ran them. */
const stepsOf = (ran: Map<StepName, Set<string>>, taskQueue: string, name: string): DrillActivities => {
  const { activities } = createStubActivities({
    reserveLane: async () => ({ queues: queuesOfFolder(taskQueue, name) }),
  });
  return Object.fromEntries(
    Object.entries(activities).map(([step, stub]) => [
      step,
      (input: never) => {
        ran.set(step as StepName, (ran.get(step as StepName) ?? new Set()).add(name));
        return (stub as (input: never) => unknown)(input);
      },
    ]),
  ) as DrillActivities;
};

describe('a worker that keeps no drill in memory', () => {
  it('replays the drill at every task, and comes to the same end', { timeout: 120_000 }, async () => {
    const { activities } = createStubActivities();
    const worker = await runDrillWorker(temporal, activities, { mostCached: 0 });
    try {
      const workflowId = `drill-${randomUUID()}`;
      const { taskQueue } = worker;
      await temporal.client.workflow.start(drillWorkflowType, { workflowId, taskQueue, args: [{ lane: 'local' }] });
      const waits = async () => (await status(workflowId)).waitingFor;
      await waitUntil(waits, { what: 'the drill to wait', timeoutMs: 60_000 });
      await approve(workflowId);
      expect(await result(workflowId)).toBe('passed');
      const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
      expect((events ?? []).filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
    } finally {
      await worker.shutdown();
    }
  });
});

describe('two workers on one task queue, with a state folder each', () => {
  const taskQueue = `test-${randomUUID()}`;
  const ran = new Map<StepName, Set<string>>();
  // Processes of their own have connections of their own, and the SDK wants it so.
  const start = async (folderId: string): Promise<DrillWorker> => {
    const native = await connectWorker(temporal.settings);
    const options = { taskQueue, folderId, shutdownGraceMs: 100 };
    const worker = await runDrillWorker({ ...temporal, native }, stepsOf(ran, taskQueue, folderId), options);
    const shutdown = async (): Promise<void> => {
      await worker.shutdown();
      await native.close();
    };
    return { ...worker, shutdown };
  };
  const startDrill = async (workflowId: string, memo = {}): Promise<string> => {
    await temporal.client.workflow.start(drillWorkflowType, {
      workflowId,
      taskQueue,
      memo,
      args: [{ lane: 'local' }],
    });
    return workflowId;
  };
  const waiting = (workflowId: string) =>
    waitUntil(async () => ((await status(workflowId)).waitingFor === undefined ? undefined : true), {
      what: 'the drill to wait',
      timeoutMs: 30_000,
    });

  it('never take steps of each other, also when one is started again while a drill waits', async () => {
    const [a, b] = await Promise.all([start('a'), start('b')]);
    const workflowId = await startDrill(`drill-${randomUUID()}`);
    await waiting(workflowId);
    const [owner] = ran.get('reserveLane') ?? [];
    const [its, other] = owner === 'a' ? [a, b] : [b, a];
    await its.shutdown();
    const again = await start(owner!);
    await approve(workflowId);
    expect(await result(workflowId)).toBe('passed');
    for (const [step, names] of ran) {
      if (step !== 'resolvePlan') expect([step, ...names]).toEqual([step, owner]);
    }
    await Promise.all([other.shutdown(), again.shutdown()]);
  });

  it('leave a drill that was started from one of them to that one', async () => {
    ran.clear();
    const [a, b] = await Promise.all([start('a'), start('b')]);
    const drills = await Promise.all(
      ['a', 'b', 'b', 'b'].map(async (folderId) => {
        const memo = { [reserveOnMemo]: queuesOfFolder(taskQueue, folderId).steps };
        return { folderId, workflowId: await startDrill(`drill-${folderId}-${randomUUID()}`, memo) };
      }),
    );
    const where = await Promise.all(
      drills.map(async ({ folderId, workflowId }) => {
        await waiting(workflowId);
        await approve(workflowId);
        await result(workflowId);
        const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
        const queues = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.taskQueue?.name);
        return [folderId, [...new Set(queues)].filter((queue) => queue !== undefined)];
      }),
    );
    expect(where).toEqual(
      drills.map(({ folderId }) => {
        const { steps, client } = queuesOfFolder(taskQueue, folderId);
        return [folderId, [taskQueue, steps, client]];
      }),
    );
    await Promise.all([a.shutdown(), b.shutdown()]);
  });

  it('do not let a memo send a step to a queue that is none of theirs', async () => {
    const a = await start('a');
    const workflowId = await startDrill(`drill-${randomUUID()}`, { [reserveOnMemo]: 'elsewhere' });
    await waiting(workflowId);
    await temporal.client.workflow.getHandle(workflowId).terminate();
    await a.shutdown();
  });
});

describe('one worker', () => {
  it('takes more drills at once to their approval than it has slots for steps, with the client of each at work', async () => {
    const drills = 12;
    let clients = 0;
    let most = 0;
    let waits = 0;
    const { activities } = createStubActivities();
    const taskQueue = `test-${randomUUID()}`;
    const stubs: DrillActivities = {
      ...activities,
      runClient: async (input) => {
        clients += 1;
        most = Math.max(most, clients);
        await activities.runClient(input).finally(() => (clients -= 1));
      },
      digestEvidence: async (input) => {
        waits += 1;
        return activities.digestEvidence(input);
      },
    };
    const worker = await runDrillWorker(temporal, stubs, { taskQueue, mostSteps: 3 });
    try {
      const ids = Array.from({ length: drills }, (_, at) => `many-${at}-${taskQueue}`);
      const start = { taskQueue, args: [{ lane: 'local' }] };
      await Promise.all(
        ids.map((workflowId) => temporal.client.workflow.start(drillWorkflowType, { ...start, workflowId })),
      );
      await waitUntil(async () => waits === drills || undefined, { what: 'all to wait', timeoutMs: 50_000 });
      // With slots shared, three clients would keep all of them, and every drill would wait for ever.
      expect(most).toBeGreaterThan(3);
      await Promise.all(ids.map((workflowId) => temporal.client.workflow.getHandle(workflowId).terminate()));
    } finally {
      await worker.shutdown();
    }
  });
});
