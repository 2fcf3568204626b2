import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Input } from '../../../../client/cli/context.js';
import { createInterruption } from '../../../../client/cli/interruption.js';
import { watchOutputs } from '../../../../client/cli/outputs.js';
import { ApplicationFailure } from '@temporalio/common';
import { messages, taskQueue } from '../../../../domain/contract/contract.js';
import type { DrillReport } from '../../../../domain/report/report.js';
import { openStateFolder } from '../../../../infra/state/state-folder.js';
import { ensureSearchAttributes } from '../../../../systems/temporal/ensure-search-attributes.js';
import { waitUntil } from '../../../../systems/waiting/wait-until.js';
import { createStubActivities, failing } from '../../../support/drills/stub-activities.js';
import {
  type DrillWorker,
  runDrillWorker,
  startTestTemporal,
  type TestTemporal,
} from '../../../support/servers/temporal.js';
import {
  type Collected,
  collect,
  createTestContext,
  temporaryFolder,
  type,
  type TestContext,
} from '../../test-context.js';

/** The command over a real server and the real workflow; only the steps are stubs, run by a worker that is there already. */
describe('openbao-dr drill', () => {
  let temporal: TestTemporal;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let worker: DrillWorker;
  let verify: 'passes' | 'fails' = 'passes';
  let provision: 'works' | 'fails' = 'works';

  const works = createStubActivities().activities;
  const drill = (args: readonly string[], change: Partial<TestContext> = {}) =>
    type(['drill', ...args], {
      environment: { OPENBAO_DR_STATE: join(folder.path, 'state'), TEMPORAL_ADDRESS: temporal.settings.address },
      ...change,
    });
  const printed = (output: Collected, what: string): Promise<true> =>
    waitUntil(async () => (output.text().includes(what) ? (true as const) : undefined), { what, timeoutMs: 30_000 });
  const signal = (name: string, message: unknown) =>
    temporal.client.workflow.getHandle('dr-drill/local').signal(name, message);

  beforeAll(async () => {
    temporal = await startTestTemporal();
    folder = await temporaryFolder();
    await ensureSearchAttributes(temporal.connection, temporal.settings);
    const { activities } = createStubActivities({
      provisionLane: async (input) => {
        if (provision === 'works') return works.provisionLane(input);
        throw ApplicationFailure.nonRetryable('An image of the lane is not on this machine', 'ImageMissing');
      },
      verifyTarget: async (input) => (verify === 'passes' ? works.verifyTarget(input) : [failing('marker-is-source')]),
    });
    worker = await runDrillWorker(temporal, activities, {
      taskQueue,
      folderId: (await openStateFolder(join(folder.path, 'state'))).id,
    });
  });
  afterEach(async () => {
    verify = 'passes';
    provision = 'works';
    await temporal.client.workflow
      .getHandle('dr-drill/local')
      .terminate('the test is over')
      .catch(() => undefined);
  });
  afterAll(async () => {
    await worker.shutdown();
    await temporal.stop();
    await folder[Symbol.asyncDispose]();
  });

  it('prints the report as data on stdout, and everything else on stderr', async () => {
    const { exitCode, stdout, stderr } = await drill(['--approve-as', 'ann', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      result: 'passed',
      approvals: [{ approver: 'ann', comment: 'given in advance with --approve-as', via: 'update' }],
    });
    expect(stderr).toContain('✔ restore ');
    expect(stderr).toContain('PASSED: ');
  });

  it('tells how to approve where nobody can be asked, and goes on once somebody has', async () => {
    const stdout = collect();
    const drilled = drill(['--keep'], { stdout });
    await printed(stdout, 'workflow signal');
    expect(stdout.text()).toContain(`--address ${temporal.settings.address}`);
    expect(stdout.text()).toContain(`--name approveCutover --input '{"approver":"ann","evidence":"`);
    await signal(messages.approve, { approver: 'ben' });
    expect((await drilled).exitCode).toBe(0);
    expect(stdout.text()).toMatch(/PASSED: .*ben approved/);
    expect(stdout.text()).toMatch(/Clean-up +kept/);
  });

  it('ends with 1 when a check failed, and when a person rejected', async () => {
    verify = 'fails';
    const failed = await drill(['--approve-as', 'ann', '--json']);
    expect(failed.exitCode).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({ result: 'failed' });
    expect(failed.stderr).toContain('✘ marker-is-source');

    verify = 'passes';
    const stdout = collect();
    const rejected = drill([], { stdout });
    await printed(stdout, 'workflow signal');
    await signal(messages.reject, { approver: 'ben', reason: 'not today' });
    expect((await rejected).exitCode).toBe(1);
    expect(stdout.text()).toContain('REJECTED: ben rejected the cutover: not today');
  });

  it('ends with 2 when its lane could not be made, and so does who watches it', async () => {
    provision = 'fails';
    const { exitCode, stdout, stderr } = await drill(['--approve-as', 'ann', '--json']);
    expect(exitCode).toBe(2);
    const report = JSON.parse(stdout) as DrillReport;
    expect(report.phases.map(({ name }) => name)).toEqual(['provision', 'teardown']);
    expect(stderr).toContain('FAILED: The phase provision failed: An image of the lane is not on this machine');
    const watched = await type(['watch', '--json'], {
      environment: { OPENBAO_DR_STATE: join(folder.path, 'state'), TEMPORAL_ADDRESS: temporal.settings.address },
    });
    expect(watched.exitCode).toBe(2);
    expect(JSON.parse(watched.stdout)).toMatchObject({ result: 'failed', drillId: report.drillId });
  });

  it('says what its lane lacks on this machine before it looks for a server of its own', async () => {
    const programs = join(folder.path, 'programs');
    await mkdir(programs);
    const docker = join(programs, 'docker');
    const version = '[ "$1" = --version ] && { echo "Docker version 28.2.2, build x"; exit 0; }';
    await writeFile(docker, `#!/bin/sh\n${version}\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n`);
    await chmod(docker, 0o755);
    const state = join(folder.path, 'state-without-server');
    const { exitCode, stderr } = await type(['drill', 'compose', '--approve-as', 'ann'], {
      environment: { OPENBAO_DR_STATE: state, OPENBAO_DR_DOCKER: docker, PATH: programs },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('The Docker engine does not answer: start it');
    expect(await readdir(join(state, 'temporal'))).toEqual([]);
  });

  it('refuses to start beside a drill that runs, and leaves that one alone', async () => {
    const stdout = collect();
    const first = drill([], { stdout });
    await printed(stdout, 'workflow signal');
    const second = await drill(['--approve-as', 'ann']);
    expect(second.exitCode).toBe(2);
    expect(second.stderr).toContain('A drill of lane local has not ended');
    await signal(messages.approve, { approver: 'ben' });
    expect((await first).exitCode).toBe(0);
  });

  describe('when interrupted', () => {
    it('cancels the drill, waits for its undoing, and ends with 130', async () => {
      const stdout = collect();
      const interruption = createInterruption();
      const drilled = drill([], { stdout, interruption });
      await printed(stdout, 'workflow signal');
      interruption.raise();
      expect((await drilled).exitCode).toBe(130);
      expect(stdout.text()).toContain('Stopping: the drill undoes what it did.');
      expect(stdout.text()).toContain('✔ teardown');
      expect(stdout.text()).toContain('CANCELLED: Cancelled during approval');
    });

    it('cancels the drill when nobody reads what it prints, and ends with 130', async () => {
      const said = collect();
      const leaving = new Writable({
        // As the process's own: a write that fails does not end the stream.
        autoDestroy: false,
        write(chunk: Buffer, _, done) {
          const gone = said.text().includes('workflow signal');
          said.write(chunk);
          done(gone ? Object.assign(new Error('EPIPE'), { code: 'EPIPE' }) : undefined);
        },
      });
      const stdout = Object.assign(leaving, { text: () => said.text() });
      const { stderr, interruption } = createTestContext();
      const outputs = watchOutputs({ stdout, stderr, interruption });
      const drilled = drill([], { stdout, stderr, interruption });
      await printed(said, 'workflow signal');
      stdout.write('one more line');
      expect(await outputs.finish((await drilled).exitCode)).toBe(130);
      const { status } = await temporal.client.workflow.getHandle('dr-drill/local').describe();
      expect(status.name).toBe('CANCELLED');
    });

    it('leaves at once the second time, and says how the drill goes on', async () => {
      const stdout = collect();
      const interruption = createInterruption();
      const drilled = drill([], { stdout, interruption });
      await printed(stdout, 'workflow signal');
      interruption.hangUp();
      const { exitCode, stderr } = await drilled;
      expect(exitCode).toBe(130);
      expect(stderr).toContain('the drill goes on as soon as a worker is there');
      const { status } = await temporal.client.workflow.getHandle('dr-drill/local').describe();
      expect(status.name).toBe('RUNNING');
    });
  });

  describe('on a terminal', () => {
    const enter = '\r';
    const controlC = '\u0003';
    const escape = '\u001b';

    const terminal = () => {
      const stdin: Input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
      return {
        stdin: stdin as Input & PassThrough,
        stdout: collect({ columns: 100 }),
        interruption: createInterruption(),
      };
    };
    /** Waits for the question, which is drawn before it listens. */
    const answer = async (at: ReturnType<typeof terminal>, question: string, keys: string): Promise<void> => {
      await printed(at.stdout, question);
      await waitUntil(async () => (at.stdin.listenerCount('keypress') > 1 ? true : undefined), {
        what: 'the question to listen',
        timeoutMs: 10_000,
      });
      at.stdin.write(keys);
    };

    it('shows the evidence, asks, and records name and comment', async () => {
      const at = terminal();
      const drilled = drill(['--json'], { ...at, stderr: at.stdout, stdout: collect() });
      await answer(at, 'Move the clients to the restored target?', enter);
      await answer(at, 'Your name, for the report', enter);
      await answer(at, 'A comment, if you like', `looks good${enter}`);
      const { exitCode, stdout } = await drilled;
      expect(exitCode).toBe(0);
      const { approvals } = JSON.parse(stdout) as DrillReport;
      expect(approvals).toMatchObject([{ decision: 'approve', approver: 'ann', comment: 'looks good' }]);
      expect(at.stdout.text()).toMatch(/Proofs +15 of 15 passed/);
    });

    it('abandons its question when somebody decides elsewhere', async () => {
      const at = terminal();
      const drilled = drill([], at);
      await printed(at.stdout, 'Move the clients to the restored target?');
      await signal(messages.approve, { approver: 'ben' });
      expect((await drilled).exitCode).toBe(0);
      expect(at.stdout.text()).toContain('Approved elsewhere, by ben.');
    });

    it('takes Ctrl-C at its question for what it is, and Escape for a slip', async () => {
      const at = terminal();
      const drilled = drill([], at);
      await answer(at, 'Move the clients to the restored target?', escape);
      await waitUntil(
        async () => (at.stdout.text().split('Move the clients to the restored target?').length > 2 ? true : undefined),
        { what: 'the question to be asked again', timeoutMs: 10_000 },
      );
      expect(at.interruption.first.aborted).toBe(false);
      at.stdin.write(controlC);
      expect((await drilled).exitCode).toBe(130);
    });
  });
});
