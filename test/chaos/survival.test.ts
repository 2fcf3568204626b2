/**
 * What a drill survives, step by step: something is away, its worker is restarted, or the answer is a clear no. A minute of the
 * world is a second here, and all drills run at once on one server.
 */
import { randomUUID } from 'node:crypto';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import type { DrillActivities } from '../../activities/index.js';
import { observeCheck } from '../../activities/observing/observe-check.js';
import { waitOutUntilBegun } from '../../activities/patience/wait-out.js';
import { drillWorkflowType } from '../../domain/contract/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { type DrillUnderTest, runDrills } from '../support/drills/drill.js';
import { createStubActivities, type StepName } from '../support/drills/stub-activities.js';
import { runDrillWorker } from '../support/servers/temporal.js';

const runner = runDrills();

const awayForMs = 2_000;
/** Longer than any outage here; the clean-up of a drill that gives up would still end within the test. */
const patience = { before: '20s', afterRestore: '20s' };

/** Each step of a drill that asks something outside, with what is away, and the plan that has the step. */
const table: readonly (readonly [step: StepName, type: string, plan: { readonly disaster?: string }])[] = [
  ['checkRequirements', 'ObjectStoreUnreachable', {}],
  ['seedPair', 'OpenBaoUnreachable', {}],
  ['takeSnapshot', 'ObjectStoreUnreachable', {}],
  ['inspectArchive', 'ObjectStoreUnreachable', {}],
  ['proveSeal', 'OpenBaoUnavailable', {}],
  ['loseSource', 'ServerNotReady', { disaster: 'source-loss' }],
  ['checkTargetStorage', 'ObjectStoreUnreachable', {}],
  ['submitRestore', 'ObjectStoreUnreachable', {}],
  ['observeRestore', 'OpenBaoUnreachable', {}],
  ['observeSeal', 'OpenBaoUnavailable', {}],
  ['verifyTarget', 'OpenBaoUnreachable', {}],
  ['compareStores', 'SnapshotInterrupted', {}],
  ['readCanary', 'OpenBaoUnreachable', {}],
  ['fenceSite', 'OpenBaoUnreachable', {}],
  ['awaitClients', 'OpenBaoCertificateRefused', {}],
  ['confirmClients', 'OpenBaoUnavailable', {}],
  ['recoverSource', 'ServerNotReady', { disaster: 'source-loss' }],
  ['teardownLane', 'ServerNotReady', {}],
  ['writeReport', 'OpenBaoUnavailable', {}],
  ['releaseLane', 'LockHeld', {}],
];

const stubsOf = createStubActivities().activities;
type AnyStep = (input: never) => Promise<unknown>;

/** A step that fails for as long as `failing` says, and then works. */
const failingStub = (step: StepName, fail: () => void): Partial<DrillActivities> => ({
  [step]: async (input: never) => {
    // Which Temporal must not repeat: it waits inside its attempt, as the real one does.
    if (step === 'submitRestore') await waitOutUntilBegun(async () => fail());
    else fail();
    return (stubsOf[step] as AnyStep)(input);
  },
});

const away = (type: string): KnownFailure => new KnownFailure(type, 'It is away.', { retryable: true });

/** As the drill's own, for drills that are slowed down on purpose. */
const waitsForApproval = (drill: DrillUnderTest): Promise<true> =>
  waitUntil(async () => (await drill.status()).waitingFor !== undefined || undefined, {
    what: 'the drill to wait for an approval',
    timeoutMs: 80_000,
    intervalMs: 500,
  });

describe.concurrent('a drill survives that what a step needs is away for a while', () => {
  it.each(table)('%s: %s', { timeout: 90_000 }, async (step, type, plan) => {
    let since: number | undefined;
    let asked = 0;
    const stubs = createStubActivities(
      failingStub(step, () => {
        since ??= Date.now();
        asked += 1;
        // A refused certificate is no answer that a retry helps with, but for an edge that starts.
        if (Date.now() - since < awayForMs)
          throw type === 'OpenBaoCertificateRefused' ? new KnownFailure(type, 'It starts') : away(type);
      }),
    );
    await runner.withDrill({ plan: { patience, ...plan }, stubs }, async (drill) => {
      await waitsForApproval(drill);
      await drill.approve();
      expect(await drill.report()).toMatchObject({ result: 'passed', cleanup: { failures: [] } });
      expect(asked).toBeGreaterThan(1);
    });
  });
});

/** One of each kind of step: the rule is the same for all. */
const refusing = new Set<StepName>([
  'checkRequirements',
  'takeSnapshot',
  'proveSeal',
  'submitRestore',
  'observeSeal',
  'compareStores',
  'fenceSite',
  'confirmClients',
]);

describe.concurrent('a drill ends', () => {
  it.each(table.filter(([step]) => refusing.has(step)))(
    'at the first clear no: %s',
    { timeout: 90_000 },
    async (step) => {
      const stubs = createStubActivities(
        failingStub(step, () => {
          throw new KnownFailure('PermissionDenied', 'This identity may not');
        }),
      );
      await runner.withDrill({ plan: { patience }, stubs }, async (drill) => {
        const early = drill.report();
        await Promise.race([
          early,
          drill
            .waitsForApproval()
            .then(() => drill.approve())
            .catch(() => undefined),
        ]);
        expect((await early).reason).toMatch(/^The phase [a-z-]+ failed: This identity may not/);
        const before = stubs.steps().indexOf('writeReport');
        const tries = stubs
          .steps()
          .slice(0, before)
          .filter((name) => name === step).length;
        // The way back asks some steps again.
        expect(tries).toBeLessThanOrEqual(['fenceSite', 'awaitClients', 'confirmClients'].includes(step) ? 2 : 1);
      });
    },
  );

  it('when the patience is over, with the name of what was away and since when', { timeout: 60_000 }, async () => {
    const stubs = createStubActivities(
      failingStub('takeSnapshot', () => {
        throw away('ObjectStoreUnreachable');
      }),
    );
    await runner.withDrill({ plan: { patience: { before: '3s' } }, stubs }, async (drill) => {
      const { reason, phases } = await drill.report();
      expect(reason).toMatch(
        /^The phase backup failed: It is away\. It has been so since \d{4}-.+, through \d+ attempts\.$/,
      );
      expect(phases.find(({ name }) => name === 'backup')?.attempts).toBeGreaterThan(2);
    });
  });

  it('with a named check that failed, when it is a check whose server stays away', { timeout: 60_000 }, async () => {
    const stubs = createStubActivities({
      checkTargetStorage: () =>
        observeCheck('storage-reachable-from-target', 'the snapshot', async () => {
          throw away('ObjectStoreUnreachable');
        }),
    });
    await runner.withDrill({ plan: { patience: { before: '3s' } }, stubs }, async (drill) => {
      expect((await drill.report()).checks).toContainEqual(
        expect.objectContaining({
          name: 'storage-reachable-from-target',
          outcome: 'failed',
          observed: 'It is away.',
        }),
      );
    });
  });
});

describe.concurrent('a step', () => {
  it('of a check waits longer than it asks by itself', { timeout: 90_000 }, async () => {
    let since: number | undefined;
    let attempts = 0;
    const stubs = createStubActivities({
      checkTargetStorage: () => {
        attempts = activityInfo().attempt;
        return observeCheck('storage-reachable-from-target', 'the snapshot', async () => {
          since ??= Date.now();
          if (Date.now() - since < 18_000) throw away('ObjectStoreUnreachable');
          return { passed: true, observed: 'it' };
        });
      },
    });
    await runner.withDrill({ plan: { patience: { before: '60s' } }, stubs }, async (drill) => {
      await waitsForApproval(drill);
      expect(attempts).toBeGreaterThan(1);
    });
  });

  it('survives that its worker is restarted again and again', { timeout: 60_000 }, async () => {
    const { temporal } = runner;
    const taskQueue = `restarts-${randomUUID()}`;
    let attempts = 0;
    const stubs = createStubActivities({
      takeSnapshot: async (input) => {
        attempts = activityInfo().attempt;
        if (attempts > 3) return stubsOf.takeSnapshot(input);
        await new Promise((resolve) => cancellationSignal().addEventListener('abort', resolve, { once: true }));
        throw new Error('stopped');
      },
    });
    const handle = await temporal.client.workflow.start(drillWorkflowType, {
      args: [{ lane: 'local', patience: { before: '1s' }, approval: { timeout: '1s' } }],
      taskQueue,
      workflowId: `dr-drill/${randomUUID()}`,
    });
    for (let restarts = 1; restarts <= 3; restarts += 1) {
      const worker = await runDrillWorker(temporal, stubs.activities, { taskQueue, shutdownGraceMs: 50 });
      await waitUntil(async () => attempts === restarts || undefined, { what: 'the step', timeoutMs: 30_000 });
      await worker.shutdown();
    }
    const worker = await runDrillWorker(temporal, stubs.activities, { taskQueue });
    // Nobody approved: that far it came.
    expect(await handle.result()).toMatchObject({ result: 'expired' });
    expect(attempts).toBe(4);
    await worker.shutdown();
  });
});
