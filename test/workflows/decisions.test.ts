import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../domain/approval/approval.js';
import { drillWorkflowType, messages } from '../../domain/contract/contract.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import type { DrillReport, DrillStatus } from '../../domain/report/report.js';
import { type DrillUnderTest, runDrills } from '../support/drills/drill.js';
import { createStubActivities } from '../support/drills/stub-activities.js';
import { runDrillWorker } from '../support/servers/temporal.js';

const runner = runDrills();
const { withDrill } = runner;

const anyText = expect.any(String) as string;

const decide = (drill: DrillUnderTest, message: unknown): Promise<Decision> =>
  drill.handle.executeUpdate(messages.decide, { args: [message] });

const refusal = async (updating: Promise<unknown>): Promise<string | undefined> => {
  const error: unknown = await updating.then(
    () => new Error('the update was accepted'),
    (thrown: unknown) => thrown,
  );
  return error instanceof WorkflowUpdateFailedError ? error.cause?.message : String(error);
};

describe.concurrent('the approval', () => {
  it('lets the cutover go on after a signal, and records who gave it', async () => {
    const stubs = createStubActivities();
    await withDrill({ stubs }, async (drill) => {
      const { waitingFor, phase } = await drill.waitsForApproval();
      expect(phase).toBe('approval');
      expect(waitingFor).toMatchObject({ what: 'approval', approvers: [] });
      expect(Date.parse(waitingFor!.expiresAt) - Date.parse(waitingFor!.since)).toBe(24 * 3_600_000);
      expect(stubs.steps()).not.toContain('switchClients');

      await drill.approve({ approver: 'ann', comment: 'looks good' });
      const report = await drill.report();
      expect(report.result).toBe('passed');
      expect(report.approvals).toEqual([
        {
          decision: 'approve',
          approver: 'ann',
          comment: 'looks good',
          via: 'signal',
          at: anyText,
        },
      ]);
      expect(report.reason).toBe('Every check passed; ann approved the cutover');
      expect(await drill.endedAs()).toBe('COMPLETED');
    });
  });

  it('is refused when it names other evidence than the drill shows', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      await expect(decide(drill, { decision: 'approve', approver: 'ann', evidence: 'other' })).rejects.toThrow();
      await drill.approve({ approver: 'ann', evidence: 'other' });
      expect((await drill.status()).ignoredMessages).toMatchObject([
        { message: 'approveCutover', why: expect.stringContaining('not the digest') as string },
      ]);
      await drill.approve({ approver: 'ann', evidence: 'e1' });
      expect((await drill.report()).approvals).toMatchObject([{ approver: 'ann', evidenceSha256: 'e1' }]);
    });
  });

  it('is answered with what was recorded when it comes as an update', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      const recorded = await decide(drill, { decision: 'approve', approver: ' ben ' });
      expect(recorded).toEqual({
        decision: 'approve',
        approver: 'ben',
        via: 'update',
        at: anyText,
      });
      expect((await drill.report()).approvals).toEqual([recorded]);
    });
  });

  it('rejects the cutover when a person does, and moves nobody', async () => {
    const stubs = createStubActivities();
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.handle.signal(messages.reject, { approver: 'ann', reason: 'not on a Friday' });
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'rejected', reason: 'ann rejected the cutover: not on a Friday' });
      expect(report.phases.find(({ name }) => name === 'approval')).toMatchObject({ outcome: 'rejected' });
      expect(report.approvals).toMatchObject([{ decision: 'reject', comment: 'not on a Friday' }]);
      expect(stubs.steps()).not.toContain('switchClients');
      expect(stubs.steps().slice(-3)).toEqual(['writeReport', 'teardownLane', 'releaseLane']);
      expect(await drill.endedAs()).toBe('COMPLETED');
    });
  });

  it('can be rejected by an update, too', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      expect(await refusal(decide(drill, { decision: 'reject', approver: 'ann' }))).toBe(
        '"reason" is missing: say why you reject',
      );
      await decide(drill, { decision: 'reject', approver: 'ann', reason: 'not today' });
      expect(await drill.report()).toMatchObject({ result: 'rejected', reason: 'ann rejected the cutover: not today' });
    });
  });

  it('expires: silence is not consent', async () => {
    const stubs = createStubActivities();
    const plan = { approval: { timeout: '1s' } };
    await withDrill({ plan, stubs }, async (drill) => {
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'expired', reason: 'No person decided within 1.0 s', approvals: [] });
      const approval = report.phases.find(({ name }) => name === 'approval');
      expect(approval).toMatchObject({ outcome: 'expired' });
      expect(approval?.humanWaitSeconds).toBeGreaterThanOrEqual(1);
      expect(report.timing.humanWaitSeconds).toBe(approval?.humanWaitSeconds);
      expect(stubs.steps()).not.toContain('switchClients');
      expect(stubs.steps()).toContain('teardownLane');
      expect(await drill.endedAs()).toBe('COMPLETED');
    });
  });

  it('counts only from those the plan names, and says so to an update', async () => {
    const plan = { approval: { approvers: ['ann', 'ben'] } };
    await withDrill({ plan }, async (drill) => {
      await drill.waitsForApproval();
      const why = 'the plan does not let "eve" decide';
      expect(await refusal(decide(drill, { decision: 'approve', approver: 'eve' }))).toBe(why);
      await drill.approve({ approver: 'eve' });
      const { waitingFor, ignoredMessages } = await drill.when(
        'the signal to be ignored',
        ({ ignoredMessages }) => ignoredMessages.length > 0,
      );
      expect(waitingFor).toBeDefined();
      // A refused update leaves no trace: there is nothing of it in the history.
      expect(ignoredMessages).toEqual([{ message: 'approveCutover', why, at: anyText }]);
      await drill.approve({ approver: 'ben' });
      expect(await drill.report()).toMatchObject({ result: 'passed', approvals: [{ approver: 'ben' }] });
    });
  });

  it('cannot be given before the evidence is there', async () => {
    let goOn = () => {};
    const verifying = new Promise<void>((resolve) => (goOn = resolve));
    const stubs = createStubActivities({
      verifyTarget: async () => {
        await verifying;
        return createStubActivities().activities.verifyTarget({} as never);
      },
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.reaches('verifyTarget');
      const why = 'the drill is not waiting for an approval';
      expect(await refusal(decide(drill, { decision: 'approve', approver: 'ann' }))).toBe(why);
      await drill.approve();
      await drill.when('the signal to be ignored', ({ ignoredMessages }) => ignoredMessages.length > 0);
      goOn();
      expect((await drill.waitsForApproval()).approvals).toEqual([]);
      await drill.approve({ approver: 'ben' });
      const report = await drill.report();
      expect(report.approvals).toMatchObject([{ approver: 'ben' }]);
      expect(report.ignoredMessages).toMatchObject([{ message: 'approveCutover', why }]);
    });
  });

  it('does not count when it was sent before any worker ran', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const handle = await runner.temporal.client.workflow.start(drillWorkflowType, {
      args: [{ lane: 'local', approval: { timeout: '1s' } }],
      taskQueue,
      workflowId: taskQueue,
    });
    await handle.signal(messages.approve, { approver: 'ann' });
    const worker = await runDrillWorker(runner.temporal, createStubActivities().activities, {
      taskQueue,
    });
    try {
      const report = (await handle.result()) as DrillReport;
      expect(report).toMatchObject({ result: 'expired', ignoredMessages: [{ message: 'approveCutover' }] });
    } finally {
      await worker.shutdown();
    }
  });

  it('does not count when the wait had ended before it, though nobody was there to see either', async () => {
    const taskQueue = `test-${randomUUID()}`;
    const stubs = createStubActivities();
    const { temporal } = runner;
    const first = await runDrillWorker(temporal, stubs.activities, { taskQueue });
    const handle = await temporal.client.workflow.start(drillWorkflowType, {
      args: [{ lane: 'local', approval: { timeout: '3s' } }],
      taskQueue,
      workflowId: taskQueue,
    });
    await waitUntil(async () => (await handle.query<DrillStatus>(messages.status)).waitingFor, {
      what: 'the drill to wait',
      timeoutMs: 20_000,
    });
    await first.shutdown();
    await waitUntil(async () => hasFired(await handle.fetchHistory()), { what: 'the timer', timeoutMs: 20_000 });
    await handle.signal(messages.approve, { approver: 'ann' });
    const second = await runDrillWorker(temporal, stubs.activities, { taskQueue });
    try {
      const report = (await handle.result()) as DrillReport;
      expect(report).toMatchObject({ result: 'expired', ignoredMessages: [{ message: 'approveCutover' }] });
      expect(stubs.steps()).not.toContain('switchClients');
    } finally {
      await second.shutdown();
    }
  });

  it('is decided once: whoever comes second changes nothing', async () => {
    await withDrill({}, async (drill) => {
      await drill.waitsForApproval();
      // In one workflow task, as when two people press the button at once.
      await Promise.all([
        drill.approve({ approver: 'ann' }),
        drill.handle.signal(messages.reject, { approver: 'ben', reason: 'too late' }),
      ]);
      const { approvals, ignoredMessages } = await drill.report();
      expect(approvals).toHaveLength(1);
      expect(ignoredMessages).toMatchObject([{ why: 'the drill is not waiting for an approval' }]);
    });
  });
});

describe('a message that is no decision', () => {
  it.each([
    ['text', ['just text'], 'the message must be a JSON object with an "approver"'],
    ['nothing', [], 'the message must be a JSON object with an "approver"'],
    ['null', [null], 'the message must be a JSON object with an "approver"'],
    ['a list', [['ann']], 'the message must be a JSON object with an "approver"'],
    ['a number', [42], 'the message must be a JSON object with an "approver"'],
    ['nobody', [{}], '"approver" is missing'],
    ['an empty name', [{ approver: ' ' }], '"approver" is missing'],
    ['a name that is no text', [{ approver: { name: 'ann' } }], '"approver" is missing'],
    ['an endless name', [{ approver: 'a'.repeat(201) }], '"approver" is longer than 200 characters'],
    [
      'an endless comment',
      [{ approver: 'ann', comment: 'a'.repeat(1001) }],
      '"comment" or "reason" is longer than 1000 characters',
    ],
    ['a comment that is no text', [{ approver: 'ann', comment: 1 }], '"comment" or "reason" must be text'],
  ])('is recorded and ignored: %s', async (_, args, why) => {
    const drill = await waitingDrill();
    const before = (await drill.status()).ignoredMessages.length;
    await drill.handle.signal(messages.approve, ...args);
    const { ignoredMessages, waitingFor } = await drill.when(
      'the signal to be ignored',
      (status) => status.ignoredMessages.length > before,
    );
    expect(ignoredMessages.at(-1)).toMatchObject({ message: 'approveCutover', why });
    expect(waitingFor).toBeDefined();
  });

  it('is refused with the reason when it is an update', async () => {
    const drill = await waitingDrill();
    expect(await refusal(decide(drill, { decision: 'maybe', approver: 'ann' }))).toBe(
      'decision must be "approve" or "reject"',
    );
    expect(await refusal(decide(drill, undefined))).toBe('decision must be "approve" or "reject"');
    expect(await refusal(decide(drill, 'approve'))).toBe('decision must be "approve" or "reject"');
    expect(await refusal(decide(drill, { decision: 'approve' }))).toBe('"approver" is missing');
  });

  // One drill for all of these: it has to survive them one after the other.
  let waiting: Promise<DrillUnderTest> | undefined;
  let over: (() => void) | undefined;
  let ended: Promise<void> | undefined;
  const waitingDrill = (): Promise<DrillUnderTest> =>
    (waiting ??= new Promise((resolve, reject) => {
      const end = new Promise<void>((done) => (over = done));
      ended = withDrill({}, async (drill) => {
        await drill.waitsForApproval();
        resolve(drill);
        await end;
      });
      ended.catch(reject);
    }));
  afterAll(async () => {
    over?.();
    await ended;
  });
});

const hasFired = ({ events }: { readonly events?: readonly { timerFiredEventAttributes?: unknown }[] | null }) =>
  events?.some(
    ({ timerFiredEventAttributes }) => timerFiredEventAttributes !== null && timerFiredEventAttributes !== undefined,
  ) || undefined;
