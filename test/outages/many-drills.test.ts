/** One worker as people start it, and far more drills at once than it has slots for steps: none keeps another from its approval. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DrillActivities } from '../../activities/index.js';
import { drillWorkflowType, messages } from '../../domain/contract/contract.js';
import type { DrillStatus } from '../../domain/report/report.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { createStubActivities } from '../support/drills/stub-activities.js';
import { runDrillWorker, startTestTemporal, type TestTemporal } from '../support/servers/temporal.js';

const drills = 200;
/** Slow is no failure, on a machine that does more than this: that nothing begins any more is. */
const stuckAfterMs = 60_000;
/** What `createDrillWorkers` gives steps by itself: clients in the same slots would take all of them. */
const slots = 64;

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(() => temporal.stop());

it(`takes ${drills} drills at once to their approval`, async () => {
  let clients = 0;
  let most = 0;
  let digested = 0;
  let movedAt = Date.now();
  const { activities } = createStubActivities();
  const noted = Object.entries(activities).map(([step, stub]) => [
    step,
    (input: never) => {
      movedAt = Date.now();
      return (stub as (given: never) => unknown)(input);
    },
  ]);
  const stubs: DrillActivities = {
    ...(Object.fromEntries(noted) as DrillActivities),
    runClient: async (input) => {
      clients += 1;
      most = Math.max(most, clients);
      await activities.runClient(input).finally(() => (clients -= 1));
    },
    // The last step before a drill waits.
    digestEvidence: async (input) => {
      digested += 1;
      return activities.digestEvidence(input);
    },
  };
  const taskQueue = `test-${randomUUID()}`;
  const worker = await runDrillWorker(temporal, stubs, { taskQueue });
  const { workflow } = temporal.client;
  const ids = Array.from({ length: drills }, (_, at) => `many-${at}-${taskQueue}`);
  const began = Date.now();
  try {
    const start = { taskQueue, args: [{ lane: 'local' }] };
    await Promise.all(ids.map((workflowId) => workflow.start(drillWorkflowType, { ...start, workflowId })));
    await waitUntil(
      async () => {
        expect(Date.now() - movedAt, `${digested} drills wait, and no step has begun since`).toBeLessThan(stuckAfterMs);
        return digested === drills || undefined;
      },
      { what: 'all to wait', timeoutMs: 12 * 60_000, intervalMs: 500 },
    );
    console.log(`${drills} drills came to their approval in ${Date.now() - began} ms, up to ${most} clients at once`);
    expect(most).toBeGreaterThan(slots);
    for (const workflowId of ids) {
      await waitUntil(
        async () => {
          const { waitingFor } = await workflow.getHandle(workflowId).query<DrillStatus>(messages.status);
          return waitingFor?.what === 'approval' || undefined;
        },
        { what: `${workflowId} to wait for its approval`, timeoutMs: 60_000 },
      );
    }
  } finally {
    await Promise.all(
      ids.map((workflowId) =>
        workflow
          .getHandle(workflowId)
          .terminate()
          .catch(() => undefined),
      ),
    );
    await worker.shutdown();
  }
});
