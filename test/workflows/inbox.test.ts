import { randomUUID } from 'node:crypto';
import { type WorkflowHandle, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { drillWorkflowType, messages } from '../../domain/contract/contract.js';
import type { DrillReport, DrillStatus, HandMove } from '../../domain/report/report.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { runDrills } from '../support/drills/drill.js';
import { createStubActivities } from '../support/drills/stub-activities.js';
import { runDrillWorker } from '../support/servers/temporal.js';

const runner = runDrills();
const { withDrill } = runner;

interface Raw {
  readonly encoding: string;
  readonly data: string;
}

const payloads = ({ encoding, data }: Raw) => ({
  payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }],
});

/** As anybody may who reaches the server, with any client. */
const signalRaw = async (handle: WorkflowHandle, signalName: string, raw: Raw): Promise<void> => {
  const { connection, settings } = runner.temporal;
  await connection.workflowService.signalWorkflowExecution({
    namespace: settings.namespace,
    workflowExecution: { workflowId: handle.workflowId },
    signalName,
    input: payloads(raw),
    requestId: randomUUID(),
  });
};

const vote = '{"approver":"ann"}';
const unreadable: readonly Raw[] = [
  { encoding: 'binary/encrypted', data: vote },
  { encoding: 'json/plain', data: '{"approver":' },
  { encoding: 'json/protobuf', data: vote },
  { encoding: '', data: vote },
];

const refusal = async (updating: Promise<unknown>): Promise<string | undefined> => {
  const error: unknown = await updating.then(
    () => new Error('the update was accepted'),
    (thrown: unknown) => thrown,
  );
  return error instanceof WorkflowUpdateFailedError ? error.cause?.message : String(error);
};

describe.concurrent('a waiting drill', () => {
  it('goes on after signals that cannot be decoded, are too large or unknown, and records each', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      for (const raw of unreadable) await signalRaw(drill.handle, messages.approve, raw);
      await signalRaw(drill.handle, messages.reject, {
        encoding: 'json/plain',
        data: JSON.stringify({ approver: 'ann', evidence: 'a'.repeat(1_900_000) }),
      });
      await drill.handle.signal('aproveCutover', { approver: 'ann' });
      await drill.handle.signal('__temporal_anything', 1).catch(() => undefined);
      await drill.handle.signal(`long${'g'.repeat(500)}`);
      const { ignoredMessages, waitingFor } = await drill.when('them to be ignored', (status) =>
        status.ignoredMessages.some(({ message }) => message.startsWith('long')),
      );
      expect(waitingFor).toBeDefined();
      const undecodable = 'the message cannot be decoded: send plain JSON';
      expect(ignoredMessages.slice(0, 6).map(({ message, why }) => [message, why])).toEqual([
        ...unreadable.map(() => ['approveCutover', undecodable]),
        ['rejectCutover', 'the message is larger than 64.0 KiB'],
        ['aproveCutover', 'the drill knows no such signal'],
      ]);
      expect(ignoredMessages.at(-1)?.message.length).toBe(100);

      await drill.approve();
      expect(await drill.report()).toMatchObject({ result: 'passed', approvals: [{ approver: 'ann' }] });
    });
  });

  it('counts the ignored messages that it does not list', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      await Promise.all(Array.from({ length: 60 }, () => drill.handle.signal(messages.reject, 'no')));
      await drill.when('all to be ignored', ({ moreIgnoredMessages }) => moreIgnoredMessages === 10);
      await drill.approve();
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'passed', moreIgnoredMessages: 10 });
      expect(report.ignoredMessages).toHaveLength(50);
    });
  });

  it('refuses updates and answers queries that it cannot read, and goes on', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      const { connection, settings } = runner.temporal;
      const execution = { workflowId: drill.handle.workflowId };
      for (const raw of unreadable.slice(0, 2)) {
        const { outcome } = await connection.workflowService.updateWorkflowExecution({
          namespace: settings.namespace,
          workflowExecution: execution,
          request: { meta: { updateId: randomUUID() }, input: { name: messages.decide, args: payloads(raw) } },
          waitPolicy: { lifecycleStage: 3 },
        });
        expect(outcome?.failure?.message).toBe('the message cannot be decoded: send plain JSON');
        const { queryResult } = await connection.workflowService.queryWorkflow({
          namespace: settings.namespace,
          execution,
          query: { queryType: messages.status, queryArgs: payloads(raw) },
        });
        expect(queryResult?.payloads).toHaveLength(1);
      }
      expect(await refusal(drill.handle.executeUpdate('decideCutovr', { args: [] }))).toContain('decideCutovr');
      await drill.handle.executeUpdate(messages.decide, { args: [{ decision: 'approve', approver: 'ann' }] });
      expect(await drill.report()).toMatchObject({ result: 'passed' });
    });
  });

  it('answers a second try of the same update with the first answer', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      const decide = () =>
        drill.handle.executeUpdate(messages.decide, {
          args: [{ decision: 'approve', approver: 'ann' }],
          updateId: 'the-same',
        });
      const first = await decide();
      expect(await decide()).toEqual(first);
      expect((await drill.report()).approvals).toEqual([first]);
    });
  });

  it('tells in ten lines of text how it is doing', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      const text = await drill.handle.query<string>(messages.summary);
      expect(text).toMatch(/^Drill \S+ on lane local: waits for a person to approve or reject the cutover\n/);
      expect(text).toContain('Evidence: e1');
      expect(text.split('\n').length).toBeLessThanOrEqual(14);
      await drill.approve();
      await drill.report();
      expect(await drill.handle.query<string>(messages.summary)).toContain(': passed: Every check passed');
    });
  });
});

describe('a hand move', () => {
  it('can be told by an update, which answers what was recorded, once a move', async () => {
    const plan = { cutover: { way: 'manual' } };
    await withDrill({ plan }, async (drill) => {
      const done = (message: unknown): Promise<HandMove> =>
        drill.handle.executeUpdate(messages.reportCutoverDone, { args: [message] });
      await drill.waitsForApproval();
      expect(await refusal(done({ by: 'ann' }))).toBe('the drill is not waiting for clients to be moved');
      await drill.approve();
      await drill.when('the move to the target', ({ waitingFor }) => waitingFor?.to === 'target');
      expect(await refusal(done({ by: 'ann', to: 'source' }))).toBe(
        'the drill waits for clients to be moved to the target',
      );
      expect(await done({ by: 'ann', comment: 'DNS' })).toMatchObject({ to: 'target', by: 'ann', comment: 'DNS' });
      await drill.when('the move back', ({ waitingFor }) => waitingFor?.to === 'source');
      expect(await done({ by: 'ben' })).toMatchObject({ to: 'source', by: 'ben' });
      const { handMoves } = await drill.report();
      expect(handMoves?.map(({ to, by }) => [to, by])).toEqual([
        ['target', 'ann'],
        ['source', 'ben'],
      ]);
    });
  });
});

describe('an input that cannot be read', () => {
  it.each([
    [unreadable[0]!, 'The input is no plan: it cannot be decoded: send plain JSON.'],
    [{ encoding: 'json/plain', data: JSON.stringify({ lane: 'a'.repeat(1_900_000) }) }, 'larger than 64.0 KiB'],
    [{ encoding: 'binary/plain', data: vote }, 'lane'],
  ])('fails the drill once, as InvalidPlan', async (raw, why) => {
    const { connection, settings, client } = runner.temporal;
    const workflowId = `dr-drill/${randomUUID()}`;
    const worker = await runDrillWorker(runner.temporal, createStubActivities().activities, {
      taskQueue: workflowId,
    });
    try {
      await connection.workflowService.startWorkflowExecution({
        namespace: settings.namespace,
        workflowId,
        workflowType: { name: drillWorkflowType },
        taskQueue: { name: workflowId },
        input: payloads(raw),
        requestId: randomUUID(),
      });
      const error: unknown = await client.workflow
        .getHandle(workflowId)
        .result()
        .catch((thrown: unknown) => thrown);
      const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
      expect(cause).toBeInstanceOf(ApplicationFailure);
      expect(cause).toMatchObject({ type: 'InvalidPlan', message: expect.stringContaining(why) as string });
    } finally {
      await worker.shutdown();
    }
  });
});

describe('a flood of signals', () => {
  it('leaves worker, votes, queries and deadline alive, also when all of it comes in one task', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const { temporal } = runner;
    const stubs = createStubActivities();
    const first = await runDrillWorker(temporal, stubs.activities, { taskQueue });
    const handle = await temporal.client.workflow.start(drillWorkflowType, {
      args: [{ lane: 'local', approval: { approvers: ['ann'] } }],
      taskQueue,
      workflowId: taskQueue,
    });
    const status = () => handle.query<DrillStatus>(messages.status);
    await waitUntil(async () => (await status()).waitingFor, { what: 'the drill to wait', timeoutMs: 30_000 });
    await first.shutdown();

    const flood = 500;
    for (let sent = 0; sent < flood; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => handle.signal(messages.approve, { approver: 'eve' })));
    }
    const second = await runDrillWorker(temporal, stubs.activities, { taskQueue });
    try {
      const { moreIgnoredMessages, waitingFor } = await status();
      expect(moreIgnoredMessages).toBe(flood - 50);
      expect(waitingFor).toBeDefined();
      await handle.executeUpdate(messages.decide, { args: [{ decision: 'approve', approver: 'ann' }] });
      expect(await (handle.result() as Promise<DrillReport>)).toMatchObject({ result: 'passed' });
    } finally {
      await second.shutdown();
    }
  });
});
