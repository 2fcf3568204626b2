import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execa } from 'execa';
import type { WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { drillWorkflowType, messages } from '../../domain/contract/contract.js';
import type { DrillStatus } from '../../domain/report/report.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { createStubActivities, type StubActivities } from '../support/drills/stub-activities.js';
import { type DrillWorker, runDrillWorker, startTestTemporal, type TestTemporal } from '../support/servers/temporal.js';
import { toolPath } from '../support/tools.js';

/** With Temporal's own command, as an administrator resets a workflow. */
describe('a drill that is reset', () => {
  let temporal: TestTemporal;
  let worker: DrillWorker;
  let stubs: StubActivities;
  let handle: WorkflowHandle;
  let runId: string;

  beforeAll(async () => {
    temporal = await startTestTemporal();
    stubs = createStubActivities();
    worker = await runDrillWorker(temporal, stubs.activities);
    const workflowId = `reset-${randomUUID()}`;
    const start = { workflowId, taskQueue: worker.taskQueue, args: [{ lane: 'local' }] };
    const { firstExecutionRunId } = await temporal.client.workflow.start(drillWorkflowType, start);
    runId = firstExecutionRunId;
    handle = temporal.client.workflow.getHandle(workflowId, runId);
    await waitUntil(
      async () => ((await handle.query<DrillStatus>(messages.status)).waitingFor === undefined ? undefined : true),
      { what: 'the drill to wait', timeoutMs: 50_000 },
    );
  });
  afterAll(async () => {
    await worker.shutdown();
    await temporal.stop();
  });

  /** Resets the first run to before the step, or to its last workflow task. */
  const reset = async (before?: string): Promise<void> => {
    const to = ['--type', 'LastWorkflowTask'];
    if (before !== undefined) {
      const events = (await handle.fetchHistory()).events ?? [];
      const scheduled = events.findIndex(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === before,
      );
      const decided = events.slice(0, scheduled).findLast((event) => event.workflowTaskCompletedEventAttributes);
      to.splice(0, 2, '--event-id', String(decided?.eventId));
    }
    const args = [
      'workflow',
      'reset',
      '--workflow-id',
      handle.workflowId,
      '--run-id',
      runId,
      '--reason',
      'a test',
      ...to,
    ];
    await execa(toolPath('temporal'), [...args, '--address', temporal.settings.address], { env: {}, extendEnv: false });
  };
  const failure = async (): Promise<unknown> =>
    temporal.client.workflow
      .getHandle(handle.workflowId)
      .result()
      .then(
        () => 'it did not fail',
        (error: WorkflowFailedError) => error.cause,
      );

  it.each([undefined, 'submitRestore', 'reserveLane'])(
    'is refused before its first step, and takes none (to: %s)',
    async (before) => {
      const taken = stubs.calls.length;
      await reset(before);
      expect(await failure()).toMatchObject({
        type: 'RunWasReset',
        message: expect.stringContaining('came out of a reset') as string,
      });
      // What was on its way when the first run came to this point is given to a worker again: that one asks who has the lane.
      const again = stubs.calls.slice(taken).filter(({ step }) => step !== 'runClient');
      expect(again).toEqual([]);
    },
  );
});
