import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Drills, openDrills } from '../../../client/drills/drills.js';
import { followDrill } from '../../../client/attending/follow-drill.js';
import { findResumed } from '../../../client/drills/resumed.js';
import type { TemporalServer } from '../../../client/temporal/servers.js';
import { drillWorkflowId, drillWorkflowType, taskQueue } from '../../../domain/contract/contract.js';
import { queuesOfFolder } from '../../../domain/contract/queues.js';
import { createReportStore } from '../../../infra/state/report-store.js';
import { openStateFolder } from '../../../infra/state/state-folder.js';
import { writeJsonFile } from '../../../systems/files/json-file.js';
import { ensurePrivateFolder } from '../../../systems/files/private-folder.js';
import { ensureSearchAttributes } from '../../../systems/temporal/ensure-search-attributes.js';
import { waitUntil } from '../../../systems/waiting/wait-until.js';
import { createStubActivities, stubFolderId } from '../../support/drills/stub-activities.js';
import { bundleWorkflows } from '../../../worker/bundle.js';
import { runDrillWorker, startTestTemporal, type TestTemporal } from '../../support/servers/temporal.js';
import { exampleReport } from '../../domain/report/example-report.js';
import { collect, temporaryFolder, type } from '../test-context.js';

const queues = { main: taskQueue, ...queuesOfFolder(taskQueue, stubFolderId) };

describe('drills of a Temporal server', () => {
  let temporal: TestTemporal;
  let drills: Drills;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stopWorker = async (): Promise<void> => undefined;

  const startWorker = async (): Promise<void> => {
    const worker = await runDrillWorker(temporal, createStubActivities().activities, {
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
      const unseen = await ask('approve', 'local-later', '--as', 'ann');
      expect(unseen.exitCode).toBe(2);
      expect(unseen.stderr).toContain('So the evidence cannot be shown');
      const digest = 'ab'.repeat(32);
      const { exitCode, stdout, stderr } = await ask('approve', 'local-later', '--as', 'ann', '--evidence', digest);
      expect(exitCode).toBe(0);
      expect(stdout).toBe('');
      expect(stderr).toContain('No worker takes tasks from the queue openbao-dr');
      expect(stderr).toContain('The decision is left for drill dr-drill/local-later');
      const data = await ask('approve', 'local-later', '--as', 'ann', '--evidence', digest, '--json');
      expect(JSON.parse(data.stdout)).toEqual({
        ...{ decision: 'approve', approver: 'ann', evidenceSha256: digest, answered: false },
      });
      const moved = await ask('cutover-done', 'local-later', '--as', 'ann', '--json');
      expect(moved.stderr).toContain('No worker answers: the message is left');
      expect(JSON.parse(moved.stdout)).toEqual({ by: 'ann', answered: false });
      expect(stderr).toContain('after the deadline of the wait it is too late');
    });

    it('names what a worker of this state folder would go on with, and nothing of another one', async () => {
      await drills.start('local-later', { lane: 'local-later' }, queues);
      const elsewhere = { main: taskQueue, ...queuesOfFolder(taskQueue, 'elsewhere') };
      await drills.start('local-elsewhere', { lane: 'local-elsewhere' }, elsewhere);
      const resumed = await waitUntil(
        async () => {
          const found = await findResumed(temporal.client, elsewhere);
          return found.runs.length === 0 ? undefined : found;
        },
        { what: 'the drill to be listed', timeoutMs: 20_000 },
      );
      expect(resumed.runs.map(({ workflowId }) => workflowId)).toEqual(['dr-drill/local-elsewhere']);
    });

    it('never shows an older report in place of a drill that has not ended', async () => {
      const stateFolder = await openStateFolder(join(folder.path, 'state'));
      await createReportStore(stateFolder).write(exampleReport({ lane: 'local-later' }));
      await drills.start('local-later', { lane: 'local-later' }, queues);
      const { drillId } = (await drills.find('local-later')).run;
      const { exitCode, stdout } = await ask('status', 'local-later');
      expect(exitCode).toBe(1);
      expect(stdout).toContain(`INTERRUPTED: drill ${drillId} on lane local-later has not ended`);
      expect(stdout).toContain('`openbao-dr resume local-later` brings one and goes on');
      expect(stdout).not.toContain('PASSED');

      const json = JSON.parse((await ask('status', 'local-later', '--json')).stdout) as Record<string, unknown>;
      expect(json).toMatchObject({ state: 'interrupted', drillId, phases: [], silence: { why: 'no-worker' } });
      const report = await ask('report', 'local-later');
      expect(report).toMatchObject({ exitCode: 2, stdout: '' });
      expect(report.stderr).toContain(`Drill ${drillId}, the newest of lane local-later, has not ended`);
    });

    it('says what state an interrupted drill has left the pair in', async () => {
      await drills.start('local-later', { lane: 'local-later' }, queues);
      const { lanes } = await openStateFolder(join(folder.path, 'state'));
      const laneFolder = await ensurePrivateFolder(join(lanes, 'local-later'));
      await writeJsonFile(join(laneFolder, 'lane.json'), {
        ...{ clientsAt: 'source', targetUsedBy: 'd1' },
        fenced: { source: '2026-11-28T02:19:33.000Z' },
      });
      try {
        const { stdout } = await ask('status', 'local-later');
        expect(stdout).toContain('The source is fenced since 2026-11-28T02:19:33.000Z.');
        expect(stdout).toContain('Clients have no service');
      } finally {
        await rm(laneFolder, { recursive: true });
      }
    });
  });

  describe('while a worker is there', () => {
    beforeAll(startWorker);

    it('starts one, and refuses a second on the same lane in a sentence that says what to do', async () => {
      await drills.start('local', { lane: 'local' }, queues);
      await expect(drills.start('local', { lane: 'local' }, queues)).rejects.toMatchObject({
        type: 'DrillAlreadyRunning',
        message: expect.stringMatching(/resume local.*cancel local.*status local/) as string,
      });
      expect((await drills.findOpen('local'))?.workflowId).toBe('dr-drill/local');
      const description = await temporal.client.workflow.getHandle('dr-drill/local').describe();
      expect(await description.staticSummary()).toBe('Disaster-recovery drill on lane local');
      expect(await description.staticDetails()).toContain('`openbao-dr cancel local` undoes what it did');
      expect(await drills.findOpen('local-other')).toBeUndefined();
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

    it('shows how the newest drill of a lane ended, under whatever id it was started', async () => {
      const reject = async (reason: string): Promise<void> => {
        const drill = await waiting('local-night');
        await drill.decide({ decision: 'reject', approver: 'ann', comment: reason });
        await drill.report();
      };
      await drills.start('local-night', { lane: 'local-night' }, queues);
      await reject('the first');
      const scheduled = 'dr-drill/local-night-2026-11-28T03:00:00Z';
      const args = [{ lane: 'local-night' }];
      await temporal.client.workflow.start(drillWorkflowType, { workflowId: scheduled, taskQueue, args });
      await waitUntil(async () => ((await drills.findOpen('local-night')) === undefined ? undefined : true), {
        what: 'the drill to be listed',
        timeoutMs: 20_000,
      });
      await reject('the scheduled one');
      const status = await ask('status', 'local-night', '--json');
      expect(status.exitCode).toBe(1);
      const { run } = await drills.find('local-night');
      expect(JSON.parse(status.stdout)).toMatchObject({
        ...{ state: 'rejected', exitCode: 1, workflowId: scheduled, drillId: run.drillId },
        report: { reason: 'ann rejected the cutover: the scheduled one', drillId: run.drillId },
      });
      const [watched, report] = [await ask('watch', 'local-night'), await ask('report', 'local-night')];
      expect(watched.exitCode).toBe(1);
      expect(watched.stdout).toContain('the scheduled one');
      expect(report.stdout).toContain('the scheduled one');
    });

    it('follows a drill that waits without asking it again and again', async () => {
      await drills.start('local', { lane: 'local' }, queues);
      await waiting('local');
      let queries = 0;
      const client = new Client({
        connection: temporal.connection,
        namespace: temporal.settings.namespace,
        interceptors: { workflow: [{ query: (input, next) => ((queries += 1), next(input)) }] },
      });
      const server: TemporalServer = { ...temporal, client, own: false, close: async () => undefined };
      const drill = await openDrills(server).find('local');
      const seen: string[] = [];
      const followed = followDrill(drill, {
        onStatus: ({ phase }) => seen.push(phase ?? ''),
        onWaiting: async () => undefined,
        signal: new AbortController().signal,
      });
      const begin = Date.now();
      await waitUntil(async () => (Date.now() - begin > 6_000 ? true : undefined), { what: 'time', timeoutMs: 10_000 });
      const whileWaiting = queries;
      await drill.decide({ decision: 'approve', approver: 'ann' });
      expect(await followed).toMatchObject({ result: 'passed' });
      // One at its begin, and one for what the history had already.
      expect(whileWaiting).toBeLessThanOrEqual(2);
      expect(queries - whileWaiting).toBeLessThanOrEqual(1 + (Date.now() - begin - 6_000) / 1_000 + 2);
      expect(seen.at(-1)).toBe('teardown');
    });

    it('leaves a drill alone that is to be cancelled with a setting that is wrong', async () => {
      const environment = {
        ...{ OPENBAO_DR_STATE: join(folder.path, 'state'), TEMPORAL_ADDRESS: temporal.settings.address },
        OPENBAO_DR_SEARCH_ATTRIBUTES: 'off',
      };
      await drills.start('local', { lane: 'local' }, queues);
      await waiting('local');
      const { exitCode, stdout, stderr } = await type(['cancel', 'local'], { environment });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).toContain('OPENBAO_DR_SEARCH_ATTRIBUTES is "off"');
      expect((await drills.findOpen('local'))?.run.status).toBe('RUNNING');
      expect((await (await drills.find('local')).status())?.waitingFor?.what).toBe('approval');
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
      expect(listed).toMatchObject({ workflowId: drillWorkflowId('local-cli'), lane: 'local-cli' });
      expect(listed).not.toHaveProperty('phase');
      expect((await ask('list')).stdout).toContain((listed as unknown as { drillId: string }).drillId);
    });

    it('binds an approval of the command to the evidence that it has shown', async () => {
      await drills.start('local-cli', { lane: 'local-cli' }, queues);
      await waiting('local-cli');
      const { evidence } = (await (await drills.find('local-cli')).status())!;
      const other = await ask('approve', 'local-cli', '--as', 'ann', '--evidence', 'ab'.repeat(32));
      expect(other.exitCode).toBe(2);
      expect(other.stderr).toContain('is not the digest of the evidence');
      const { exitCode, stdout, stderr } = await ask('approve', 'local-cli', '--as', 'ann', '--json');
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(
        /^Waits for a person to approve or reject the cutover, for .*\n +Proofs +\d+ of \d+ passed/,
      );
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ approver: 'ann', evidenceSha256: evidence?.sha256, answered: true },
      });
      expect(await (await drills.find('local-cli')).report()).toMatchObject({ result: 'passed' });
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

  describe('while only another build of the program is there', () => {
    it('says that a worker answers and cannot replay the drill, and which one moved it last', async () => {
      await drills.start('local-two', { lane: 'local-two' }, queues);
      await waiting('local-two');
      await stopWorker();
      const path = fileURLToPath(new URL('./fixtures/other-build.ts', import.meta.url));
      const activities = createStubActivities().activities;
      const other = await runDrillWorker(temporal, activities, {
        taskQueue,
        bundle: await bundleWorkflows(path),
      });
      stopWorker = () => other.shutdown();

      const status = await ask('status', 'local-two');
      expect(status.exitCode).toBe(1);
      expect(status.stdout).toContain('INTERRUPTED in phase approval');
      expect(status.stdout).toContain('A worker answers and cannot replay this drill');
      const approved = await ask('approve', 'local-two', '--as', 'ann');
      expect(approved.stderr).toContain('cannot replay this drill');
      // A message makes a task of the workflow, which fails again and again.
      await temporal.client.workflow.getHandle('dr-drill/local-two').signal('approveCutover', { approver: 'ann' });
      const json = await waitUntil(
        async () => {
          const { stdout } = await ask('status', 'local-two', '--json');
          const { silence } = JSON.parse(stdout) as { silence: { attempts?: number } };
          return silence.attempts === undefined ? undefined : silence;
        },
        { what: 'the task to fail', timeoutMs: 20_000 },
      );
      expect(json).toMatchObject({
        why: 'cannot-replay',
        failure: expect.stringContaining('TMPRL1100') as string,
        movedBy: expect.stringMatching(/^openbao-dr .*\d+@/) as string,
      });
    });
  });
});
