import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Drills, openDrills } from '../../../client/drills/drills.js';
import type { TemporalServer } from '../../../client/temporal/servers.js';
import { drillWorkflowId, drillWorkflowType, taskQueue } from '../../../domain/contract.js';
import { queuesOfFolder } from '../../../domain/queues.js';
import { createReportStore } from '../../../infra/report-store.js';
import { openStateFolder } from '../../../infra/state-folder.js';
import { ensureSearchAttributes } from '../../../systems/temporal/ensure-search-attributes.js';
import { waitUntil } from '../../../systems/wait-until.js';
import { createStubActivities, stubFolderId } from '../../support/stub-activities.js';
import { bundleDrill, runDrillWorker, startTestTemporal, type TestTemporal } from '../../support/temporal.js';
import { exampleReport } from '../../domain/example-report.js';
import { collect, temporaryFolder, type } from '../test-context.js';

const queues = { main: taskQueue, ...queuesOfFolder(taskQueue, stubFolderId) };

describe('drills of a Temporal server', () => {
  let temporal: TestTemporal;
  let drills: Drills;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stopWorker = async (): Promise<void> => undefined;

  const startWorker = async (): Promise<void> => {
    const worker = await runDrillWorker(temporal, await bundleDrill(), createStubActivities().activities, {
      taskQueue,
    });
    stopWorker = () => worker.shutdown();
  };
  const waiting = (lane: string) =>
    waitUntil(
      async () => {
        const drill = await drills.find(lane);
        return (await drill.status())?.waitingFor === undefined ? undefined : drill;
      },
      { what: 'the drill to wait', timeoutMs: 20_000 },
    );
  const ask = (...args: string[]) =>
    type(args, {
      environment: { OPENBAO_DR_STATE: join(folder.path, 'state'), TEMPORAL_ADDRESS: temporal.settings.address },
    });

  beforeAll(async () => {
    temporal = await startTestTemporal();
    folder = await temporaryFolder();
    await ensureSearchAttributes(temporal.connection, temporal.settings);
    const server: TemporalServer = { ...temporal, own: false, close: async () => undefined };
    drills = openDrills(server);
  });
  afterEach(async () => {
    for await (const { workflowId } of temporal.client.workflow.list({ query: 'ExecutionStatus="Running"' })) {
      await temporal.client.workflow
        .getHandle(workflowId)
        .terminate('the test is over')
        .catch(() => undefined);
    }
  });
  afterAll(async () => {
    await stopWorker();
    await temporal.stop();
    await folder[Symbol.asyncDispose]();
  });

  describe('while no worker is there', () => {
    it('says so, and leaves a decision for later', async () => {
      expect(await drills.haveWorker(queues)).toBe(false);
      const drill = await drills.start('local-later', { lane: 'local-later' }, queues);
      expect(await drill.status()).toBeUndefined();
      const { exitCode, stdout, stderr } = await ask('approve', 'local-later', '--as', 'ann');
      expect(exitCode).toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toContain('the decision is left for drill dr-drill/local-later');
      expect(stderr).toContain('after the deadline of the wait it is too late');
    });

    it('shows the last report of this machine in place of a status', async () => {
      const stateFolder = await openStateFolder(join(folder.path, 'state'));
      await createReportStore(stateFolder).write(exampleReport({ lane: 'local-later' }));
      await drills.start('local-later', { lane: 'local-later' }, queues);
      const { exitCode, stdout, stderr } = await ask('status', 'local-later');
      expect(exitCode).toBe(0);
      expect(stdout).toContain('PASSED: every check passed');
      expect(stderr).toContain('the last report on this machine');
    });
  });

  describe('while a worker is there', () => {
    beforeAll(startWorker);

    it('starts one, and refuses a second on the same lane in a sentence that says what to do', async () => {
      await drills.start('local', { lane: 'local' }, queues);
      const refused = [() => drills.start('local', { lane: 'local' }, queues), () => drills.assertNoneRuns('local')];
      for (const attempt of refused) {
        await expect(attempt()).rejects.toMatchObject({
          type: 'DrillAlreadyRunning',
          message: expect.stringMatching(/watch local.*approve local.*workflow cancel/) as string,
        });
      }
      await drills.assertNoneRuns('local-other');
    });

    it('records a decision with an answer, and gives the report', async () => {
      await drills.start('local', { lane: 'local' }, queues);
      const drill = await waiting('local');
      expect(await drills.haveWorker(queues)).toBe(true);
      expect(await drill.decide({ decision: 'approve', approver: 'ann', comment: 'seen' })).toMatchObject({
        decision: 'approve',
        approver: 'ann',
        comment: 'seen',
        via: 'update',
      });
      expect(await drill.report()).toMatchObject({ result: 'passed', approvals: [{ approver: 'ann' }] });
    });

    it('says why a decision is refused', async () => {
      await drills.start('local', { lane: 'local', approval: { approvers: ['ben'] } }, queues);
      const drill = await waiting('local');
      await expect(drill.decide({ decision: 'approve', approver: 'ann' })).rejects.toMatchObject({
        type: 'DecisionRefused',
        message: 'The decision was refused: the plan does not let "ann" decide.',
      });
    });

    it('has the report of a drill that was rejected, and of one that was cancelled', async () => {
      await drills.start('local', { lane: 'local' }, queues);
      const rejected = await waiting('local');
      await rejected.leaveDecision({ decision: 'reject', approver: 'ann', comment: 'too late' });
      expect(await rejected.report()).toMatchObject({
        result: 'rejected',
        reason: 'ann rejected the cutover: too late',
      });

      await drills.start('local', { lane: 'local' }, queues);
      const cancelled = await waiting('local');
      await cancelled.cancel();
      expect(await cancelled.report()).toMatchObject({ result: 'cancelled' });
      await cancelled.cancel();
    });

    it('tells a plan that the workflow refused from a drill that failed', async () => {
      const refused = await drills.start('local', { lane: 'local', approval: { timeout: 'soon' } }, queues);
      await expect(refused.report()).rejects.toMatchObject({ type: 'InvalidPlan' });
    });

    it('says that a terminated drill undid nothing', async () => {
      const drill = await drills.start('local', { lane: 'local' }, queues);
      await temporal.client.workflow.getHandle(drill.workflowId).terminate('by hand');
      await expect(drill.report()).rejects.toMatchObject({ type: 'DrillTerminated' });
    });

    it("finds a lane's drill that was started under another id", async () => {
      const workflowId = 'nightly/7';
      const args = [{ lane: 'local-night' }];
      await temporal.client.workflow.start(drillWorkflowType, { workflowId, taskQueue, args });
      const drill = await waitUntil(() => drills.find('local-night').catch(() => undefined), {
        what: 'the drill to be listed',
        timeoutMs: 20_000,
      });
      expect(drill.workflowId).toBe(workflowId);
    });

    it('does not find a drill of a lane that never had one', async () => {
      await expect(drills.find('local-never')).rejects.toMatchObject({ type: 'DrillNotFound' });
    });

    it('is asked, decided and listed by the commands', async () => {
      await drills.start('local-cli', { lane: 'local-cli' }, queues);
      await waiting('local-cli');
      const status = await ask('status', 'local-cli', '--json');
      expect(JSON.parse(status.stdout)).toMatchObject({ lane: 'local-cli', waitingFor: { what: 'approval' } });
      expect((await ask('status', 'local-cli')).stdout).toContain('waits for a person');

      const watched = ask('watch', 'local-cli', '--json');
      const refused = await ask('approve', 'local-cli', '--as', 'x'.repeat(201));
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('longer than 200 characters');

      const rejected = await ask('reject', 'local-cli', '--as', 'ann', '--reason', 'not now');
      expect(rejected).toMatchObject({ exitCode: 0, stderr: '' });
      expect(rejected.stdout).toMatch(/^Rejected by ann at /);
      const { exitCode, stdout, stderr } = await watched;
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ result: 'rejected' });
      expect(stderr).toContain('REJECTED: ann rejected the cutover: not now');

      const again = await ask('approve', 'local-cli', '--as', 'ann');
      expect(again.exitCode).toBe(2);

      const listed = await waitUntil(
        async () => {
          const { drills: all } = JSON.parse((await ask('list', '--json')).stdout) as { drills: { state: string }[] };
          return all.find(({ state }) => state === 'rejected');
        },
        { what: 'the drill to be listed', timeoutMs: 20_000 },
      );
      expect(listed).toMatchObject({ workflowId: drillWorkflowId('local-cli'), lane: 'local-cli', phase: 'teardown' });
    });

    it('can be watched on a terminal', async () => {
      await drills.start('local-cli', { lane: 'local-cli' }, queues);
      await waiting('local-cli');
      const stdout = collect({ columns: 100 });
      const environment = { OPENBAO_DR_STATE: join(folder.path, 'state'), TEMPORAL_ADDRESS: temporal.settings.address };
      const watched = type(['watch', 'local-cli'], { environment, stdout });
      await waitUntil(async () => (stdout.text().includes('workflow signal') ? true : undefined), {
        what: 'the way to approve',
        timeoutMs: 20_000,
      });
      expect(stdout.text()).toContain(`--address ${temporal.settings.address}`);
      await (await drills.find('local-cli')).decide({ decision: 'approve', approver: 'ann' });
      expect((await watched).exitCode).toBe(0);
      expect(stdout.text()).toContain('PASSED');
    });
  });
});
