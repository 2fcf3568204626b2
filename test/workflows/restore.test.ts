import { cancellationSignal } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { KnownFailure } from '../../domain/known-failure.js';
import type { DrillReport } from '../../domain/report/report.js';
import type { RestoreOutcome } from '../../domain/recovery/restore-outcome.js';
import { drillWorkflowType } from '../../domain/contract/contract.js';
import { runDrills } from '../support/drills/drill.js';
import { createStubActivities, type StepName, type StubActivities } from '../support/drills/stub-activities.js';
import { runDrillWorker } from '../support/servers/temporal.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';

const runner = runDrills();
const { withDrill } = runner;

/** Answers each call with the next of the given results, and goes on with the last. */
const oneAfterTheOther = <T>(...results: readonly (T | KnownFailure)[]): (() => Promise<T>) => {
  let calls = 0;
  return async () => {
    const result = results[Math.min(calls, results.length - 1)] as T | KnownFailure;
    calls += 1;
    if (result instanceof KnownFailure) throw result;
    return result;
  };
};

const outcomeUnknown = new KnownFailure('RestoreOutcomeUnknown', 'The connection broke after the upload began');
const sealMismatch = new KnownFailure('SealMismatch', 'The snapshot was sealed by another key');

const only = (stubs: StubActivities, ...names: readonly StepName[]): readonly StepName[] =>
  stubs.steps().filter((step) => names.includes(step));
const restoreSteps = (stubs: StubActivities) => only(stubs, 'submitRestore', 'observeRestore');
const unsealSteps = (stubs: StubActivities) => only(stubs, 'observeSeal', 'waitForTransit', 'restartSite');

describe.concurrent('the restore', () => {
  it('is observed, whatever its own answer was', async () => {
    const stubs = createStubActivities();
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore']);
      expect(stubs.calls.find(({ step }) => step === 'observeRestore')?.input).toMatchObject({
        sourceClusterId: 'source-id',
        previousClusterId: 'target-id',
      });
    });
  });

  it('is never submitted again after it was applied, even if its answer was lost', async () => {
    const stubs = createStubActivities({ submitRestore: oneAfterTheOther<void>(outcomeUnknown) });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore']);
    });
  });

  it('is submitted once more after it was seen to have changed nothing', async () => {
    const stubs = createStubActivities({
      submitRestore: oneAfterTheOther<void>(outcomeUnknown, undefined),
      observeRestore: oneAfterTheOther<RestoreOutcome>('unchanged', 'applied'),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore', 'submitRestore', 'observeRestore']);
    });
  });

  it('fails when the target goes on as before after two attempts', async () => {
    const stubs = createStubActivities({ observeRestore: async () => 'unchanged' });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toContain(
        'The phase restore failed: The target still serves its own data after 2 attempts to restore it: OpenBao took it',
      );
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore', 'submitRestore', 'observeRestore']);
    });
  });

  it('says what kept it from being submitted', async () => {
    const stubs = createStubActivities({
      submitRestore: async () => {
        throw new KnownFailure('RestoreNotSubmitted', 'the connection broke', { retryable: true });
      },
      observeRestore: async () => 'unchanged',
    });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toContain('after 2 attempts to restore it: the connection broke');
    });
  });

  it('stops when nobody can tell what became of it', async () => {
    const stubs = createStubActivities({ observeRestore: async () => 'unknown' });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toContain('The phase restore failed: The target did not show');
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore']);
    });
  });

  it('stops at a refusal: the target is as it was, and asking again would not help', async () => {
    const stubs = createStubActivities({ submitRestore: oneAfterTheOther<void>(sealMismatch) });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toBe('The phase restore failed: The snapshot was sealed by another key');
      expect(restoreSteps(stubs)).toEqual(['submitRestore']);
    });
  });

  it('is not submitted when the target no longer reaches the bucket', async () => {
    const down = new KnownFailure('ObjectStoreUnreachable', 'The bucket does not answer: start it');
    const stubs = createStubActivities({ checkTargetStorage: oneAfterTheOther<never>(down) });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).result).toBe('failed');
      expect(restoreSteps(stubs)).toEqual([]);
    });
  });

  it('is observed when its worker was shut down in the middle of it', async () => {
    const taskQueue = 'restore-interrupted';
    const stubs = createStubActivities({
      submitRestore: async () => {
        const signal = cancellationSignal();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        throw new Error('aborted');
      },
    });
    const { temporal } = runner;
    const options = { taskQueue, shutdownGraceMs: 100 };
    const first = await runDrillWorker(temporal, stubs.activities, options);
    const input = { lane: 'local', approval: { timeout: '1s' } };
    const start = { args: [input], taskQueue, workflowId: taskQueue };
    const handle = await temporal.client.workflow.start(drillWorkflowType, start);
    await waitUntil(async () => stubs.steps().includes('submitRestore') || undefined, {
      what: 'the restore',
      timeoutMs: 30_000,
    });
    await first.shutdown();
    const second = await runDrillWorker(temporal, stubs.activities, options);
    try {
      const report = (await handle.result()) as DrillReport;
      expect(report).toMatchObject({ result: 'expired' });
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore']);
    } finally {
      await second.shutdown();
    }
  });
});

describe.concurrent('a target that is sealed after the restore', () => {
  it('is restarted once Transit can be used, and observed again', async () => {
    const stubs = createStubActivities({
      observeRestore: oneAfterTheOther<RestoreOutcome>('sealed', 'applied'),
      observeSeal: oneAfterTheOther<'sealed' | 'unsealed'>('sealed', 'unsealed'),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      // And once more when the phase of that name comes.
      expect(unsealSteps(stubs)).toEqual([
        'observeSeal',
        'waitForTransit',
        'restartSite',
        'observeSeal',
        'observeSeal',
      ]);
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore', 'observeRestore']);
      expect(stubs.calls.find(({ step }) => step === 'restartSite')?.input).toMatchObject({
        lane: 'local',
        site: 'target',
      });
    });
  });

  it('ends the drill if it stays sealed although Transit answers', async () => {
    const stubs = createStubActivities({ observeRestore: async () => 'sealed', observeSeal: async () => 'sealed' });
    await withDrill({ stubs }, async (drill) => {
      const report = await drill.report();
      expect(report.reason).toContain('The phase restore failed: The target stays sealed although Transit answers');
      // Whether anything was applied is not known, so the restore must not look as if it had succeeded.
      expect(report.phases.find(({ name }) => name === 'restore')).toMatchObject({ outcome: 'failed' });
      expect(unsealSteps(stubs)).toEqual(['observeSeal', 'waitForTransit', 'restartSite', 'observeSeal']);
      expect(stubs.steps()).not.toContain('verifyTarget');
    });
  });

  it('is not restarted while Transit is away', async () => {
    const away = new KnownFailure('TransitUnreachable', 'Transit did not come back');
    const stubs = createStubActivities({
      observeSeal: async () => 'sealed',
      waitForTransit: oneAfterTheOther<void>(away),
    });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toBe('The phase unseal failed: Transit did not come back');
      expect(stubs.steps()).not.toContain('restartSite');
    });
  });
});

describe.concurrent('a restore that did not take', () => {
  const readLastError = async () => ({ line: 'core: it went wrong' });

  it('is no success where the target has the data and serves nobody: the log of the lane is quoted', async () => {
    const stubs = createStubActivities({ observeRestore: async () => 'not-active', readLastError });
    await withDrill({ stubs }, async (drill) => {
      const report = await drill.report();
      expect(report.reason).toMatch(
        /^The phase restore failed: The snapshot was applied, and the target does not become active: .*audit devices.*; its log says last: core: it went wrong$/i,
      );
      expect(report.phases.find(({ name }) => name === 'restore')).toMatchObject({ outcome: 'failed' });
    });
  });

  it('is no success where the target sealed itself and, started again, has its own data', async () => {
    const stubs = createStubActivities({
      observeRestore: oneAfterTheOther<RestoreOutcome>('sealed', 'unchanged'),
      observeSeal: oneAfterTheOther<'sealed' | 'standby'>('sealed', 'standby'),
      readLastError,
    });
    await withDrill({ stubs }, async (drill) => {
      const report = await drill.report();
      expect(report.reason).toMatch(/^The phase restore failed: .*address the active node.*core: it went wrong$/);
      expect(restoreSteps(stubs)).toEqual(['submitRestore', 'observeRestore', 'observeRestore']);
    });
  });

  it('is waited for once the target that went over it was started again', async () => {
    const stubs = createStubActivities({ observeRestore: oneAfterTheOther<RestoreOutcome>('away', 'applied') });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      expect(only(stubs, 'submitRestore', 'observeRestore', 'restartSite')).toEqual([
        'submitRestore',
        'observeRestore',
        'restartSite',
        'observeRestore',
      ]);
    });
  });

  it('does not come to its verification with a target that is a standby', async () => {
    const stubs = createStubActivities({ observeSeal: async () => 'standby' });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toContain('The phase unseal failed: ');
      expect(stubs.steps()).not.toContain('verifyTarget');
    });
  });
});
