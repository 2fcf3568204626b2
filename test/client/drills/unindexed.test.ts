import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createResolvePlan } from '../../../activities/plan/resolve-plan.js';
import { type Drills, openDrills } from '../../../client/drills/drills.js';
import { drillWorkflowType } from '../../../domain/contract/contract.js';
import { connectClient } from '../../../systems/temporal/connect.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { createStubActivities } from '../../support/drills/stub-activities.js';
import {
  type DrillWorker,
  runDrillWorker,
  startTestTemporal,
  type TestTemporal,
} from '../../support/servers/temporal.js';

/** A namespace that does not know them is one of Temporal Cloud where only its own administrators create them. */
describe.each([
  { where: 'in a namespace that does not know them', namespace: 'bare' },
  { where: 'in a namespace that has them', namespace: undefined },
])('drills without search attributes, $where', ({ namespace }) => {
  let server: TestTemporal;
  let temporal: TestTemporal;
  let worker: DrillWorker;
  let drills: Drills;

  beforeAll(async () => {
    server = await startTestTemporal();
    const settings = { ...server.settings, ...(namespace !== undefined && { namespace }) };
    if (namespace !== undefined) {
      const workflowExecutionRetentionPeriod = { seconds: 86_400 as never };
      await server.connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    }
    const { client } = await waitUntil(() => connectClient(settings).catch(() => undefined), {
      what: 'the namespace to be known',
      timeoutMs: 20_000,
    });
    temporal = { ...server, settings, client };
    const resolvePlan = createResolvePlan({ unindexed: true });
    const { activities } = createStubActivities({ resolvePlan });
    worker = await runDrillWorker(temporal, activities);
    drills = openDrills({ ...temporal, own: false, close: async () => undefined });
  });
  afterAll(async () => {
    await worker.shutdown();
    await temporal.client.connection.close();
    await server.stop();
  });

  it('run to their end, and are found by lane with phase and result, whatever their id', async () => {
    const { taskQueue } = worker;
    const args = [{ lane: 'local-night' }];
    await temporal.client.workflow.start(drillWorkflowType, { workflowId: `nightly/${randomUUID()}`, taskQueue, args });
    const drill = await waitUntil(
      async () => {
        const found = await drills.find('local-night').catch(() => undefined);
        return (await found?.status())?.waitingFor === undefined ? undefined : found;
      },
      { what: 'the drill to be found', timeoutMs: 20_000 },
    );
    expect(drill.run.phase).toBe('approval');
    await drill.decide({ decision: 'approve', approver: 'ann' });
    const report = await drill.report();
    expect(report.result).toBe('passed');
    expect(report.plan).not.toHaveProperty('unindexed');
    const listed = await waitUntil(async () => (await drills.list()).find(({ open }) => !open), {
      what: 'the drill to be listed',
      timeoutMs: 20_000,
    });
    expect(listed).toMatchObject({ lane: 'local-night', result: 'passed' });
    expect((await drills.find('local-night')).run.result).toBe('passed');
  });
});
