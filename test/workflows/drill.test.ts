import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { check } from '../../domain/run/checks.js';
import { drillWorkflowType } from '../../domain/contract/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { waitUntil } from '../../systems/waiting/wait-until.js';
import { runDrills } from '../support/drills/drill.js';
import { createStubActivities, failing, passing, untilCancelled } from '../support/drills/stub-activities.js';

const runner = runDrills();
const { withDrill } = runner;

const broken = async (): Promise<never> => {
  throw new KnownFailure('Broken', 'It is broken: mend it');
};

describe.concurrent('a drill', () => {
  it('warns in its first line of namespaces that the plan lets stay sealed, and asks its steps for no others', async () => {
    const { activities } = createStubActivities();
    const stubs = createStubActivities({
      inspectArchive: async (input) => {
        const { inspection, ...found } = await activities.inspectArchive(input);
        return { ...found, inspection: { ...inspection, ownSeals: { namespaces: 1, ids: ['a'] } } };
      },
      verifyTarget: async (input) => [
        ...(await activities.verifyTarget(input)),
        check('namespaces-unsealed', input.sealedNamespaces?.join() === 'tenant-a', 'unsealed', 'sealed: tenant-a'),
      ],
    });
    const plan = { verify: { sealedNamespaces: ['tenant-a/'] } };
    await withDrill({ plan, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const { result, reason, warnings } = await drill.report();
      expect({ result, reason }).toMatchObject({
        result: 'passed',
        reason: expect.stringMatching(/mind 2 warnings: .*namespaces left sealed/) as string,
      });
      expect(warnings?.find(({ name }) => name === 'namespaces-left-sealed')?.sentence).toContain('tenant-a');
    });
  });

  it('does its phases in the order of the runbook', async () => {
    const stubs = createStubActivities();
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      // The client runs beside them.
      expect(stubs.steps().filter((step) => step !== 'runClient')).toEqual([
        'resolvePlan',
        'reserveLane',
        'provisionLane',
        'checkRequirements',
        'checkCutover',
        'seedPair',
        'awaitServed',
        'takeSnapshot',
        'inspectArchive',
        'proveSeal',
        'checkTargetStorage',
        'submitRestore',
        'observeRestore',
        'observeSeal',
        'verifyTarget',
        'compareStores',
        'readCanary',
        'measureRecovery',
        'digestEvidence',
        'checkCutover',
        'awaitServed',
        'fenceSite',
        'switchClients',
        'awaitClients',
        'confirmClients',
        'measureRecovery',
        'awaitServed',
        'measureMove',
        'awaitServed',
        'fenceSite',
        'liftFence',
        'switchClients',
        'awaitClients',
        'confirmClients',
        'awaitServed',
        'measureMove',
        'liftFence',
        'measureClients',
        'teardownLane',
        'tagSnapshot',
        'writeReport',
        'teardownLane',
        'releaseLane',
      ]);
      const clients = stubs.calls.filter(({ step }) => step === 'runClient').map(({ input }) => input);
      expect(clients).toMatchObject([{ drillId: report.drillId }, { stubborn: 'source' }, { stubborn: 'target' }]);
      expect(clients[0]).not.toHaveProperty('stubborn');
      expect(report.phases.map(({ name }) => name)).toEqual([
        'provision',
        'preflight',
        'seed',
        'backup',
        'inspect',
        'seal-proof',
        'restore',
        'unseal',
        'verify',
        'approval',
        'cutover',
        'confirm',
        'revert',
        'teardown',
      ]);
      expect(report.phases.every(({ outcome, endedAt }) => outcome === 'passed' && endedAt !== undefined)).toBe(true);
      const moves = stubs.calls.filter(({ step }) => step === 'switchClients').map(({ input }) => input);
      expect(moves).toMatchObject([{ to: 'target' }, { to: 'source' }]);
      expect(report).toMatchObject({
        schemaVersion: 2,
        result: 'passed',
        lane: 'local',
        workflowId: drill.handle.workflowId,
        snapshot: { key: 'a/b.snap', sha256: 'ab' },
        decidedOn: { sha256: 'e1' },
        rpo: { seconds: 2, lostWrites: 20 },
        rto: { from: 'fence', totalSeconds: 10 },
        cutover: { to: 'target', outageMs: 300 },
        revert: { to: 'source', outageMs: 300 },
        cleanup: { outcome: 'succeeded', failures: [] },
        versions: { openbao: { source: '2.7.2', target: '2.7.2' } },
      });
      expect(report.checks.map(({ name }) => name)).toEqual([
        'same-openbao-version',
        'same-seal',
        'cutover-possible',
        'controls-effective',
        'archive-integrity',
        'flipped-byte-refused',
        'seal-proof',
        'other-key-refused',
        'storage-reachable-from-target',
        'cluster-id-matches-source',
        'target-password-refused',
        'source-password-accepted',
        'marker-is-source',
        'openbao-version-unchanged',
        'store-equality',
        'cutover-only-after-verification',
        'source-fenced',
        'client-reaches-target',
        'no-write-after-fence',
        'client-back-at-source',
      ]);
    });
  });

  it('can be followed: checklist, summaries, search attributes, and its report at the end', async () => {
    const { client } = runner.temporal;
    await withDrill({}, async (drill) => {
      const { workflowId: id } = drill.handle;
      const found = async (query: string): Promise<true> =>
        waitUntil(
          async () => {
            for await (const { workflowId } of client.workflow.list({ query })) if (workflowId === id) return true;
            return undefined;
          },
          { what: `the drill to be found by ${query}`, timeoutMs: 15_000 },
        );
      const waiting = await drill.waitsForApproval();
      expect(waiting).toMatchObject({ lane: 'local', phase: 'approval', evidence: { sha256: 'e1' } });
      await found(`WorkflowType = "${drillWorkflowType}" AND DrillLane = "local" AND DrillPhase = "approval"`);

      const { definition, currentDetails } = await drill.handle.query<{
        definition: { signalDefinitions: { name: string; description: string }[] };
        currentDetails: string;
      }>('__temporal_workflow_metadata');
      expect(currentDetails).toContain('**Drill on lane local**');
      expect(currentDetails).toMatch(/^- \S+ verify/m);
      expect(currentDetails).toContain('Waits for a person');
      expect(definition.signalDefinitions).toContainEqual({
        name: 'approveCutover',
        description: 'Approve the cutover: {"approver":"ann","comment":"…","evidence":"…"}',
      });

      await drill.approve();
      const report = await drill.report();
      await found('DrillResult = "passed" AND DrillPhase = "teardown"');
      expect((await drill.status()).report).toEqual(report);

      const { events } = await drill.handle.fetchHistory();
      const summaries = (events ?? [])
        .filter(({ activityTaskScheduledEventAttributes, timerStartedEventAttributes }) =>
          Boolean(activityTaskScheduledEventAttributes ?? timerStartedEventAttributes),
        )
        .map(({ userMetadata }) => Buffer.from(userMetadata?.summary?.data ?? []).toString());
      expect(summaries).toHaveLength(47);
      expect(summaries).toContain('"Submit a/b.snap to the target (verifying endpoint)"');
      expect(summaries).toContain('"Wait for a person to approve or reject the cutover"');
      expect(summaries.every((summary) => summary.length > 2)).toBe(true);
    });
  });

  it('counts the attempts a phase needed', async () => {
    let tries = 0;
    const seedPair = async () => {
      tries += 1;
      if (tries < 3) throw new KnownFailure('Busy', 'Not now: try again', { retryable: true });
      return passing('controls-effective');
    };
    await withDrill({ stubs: createStubActivities({ seedPair }) }, async (drill) => {
      const { phases } = await drill.waitsForApproval();
      expect(phases.map(({ name, attempts }) => [name, attempts])).toContainEqual(['seed', 3]);
      expect(phases.map(({ name, attempts }) => [name, attempts])).toContainEqual(['backup', 1]);
    });
  });

  it('leaves the clients on the target when the plan says so', async () => {
    const stubs = createStubActivities();
    await withDrill({ plan: { revert: false, teardown: 'never' }, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'kept' } });
      expect(stubs.steps().filter((step) => step === 'switchClients')).toHaveLength(1);
      expect(stubs.steps()).not.toContain('teardownLane');
      expect(stubs.steps().slice(-2)).toEqual(['writeReport', 'releaseLane']);
      expect(report.leftOut).toContainEqual({ what: 'revert', why: 'the plan keeps the clients on the target' });
      expect(report.leftOut).toContainEqual({ what: 'teardown', why: 'the plan keeps the lane' });
    });
  });

  it('takes down only what it made, unless the plan says otherwise', async () => {
    const stubs = createStubActivities({ teardownLane: async () => 'kept' });
    const expiring = { approval: { timeout: '1s' } };
    await withDrill({ plan: expiring, stubs }, async (drill) => {
      const { drillId, cleanup } = await drill.report();
      expect(stubs.calls.find(({ step }) => step === 'teardownLane')?.input).toEqual({
        lane: 'local',
        drillId,
        onlyIfCreated: true,
        part: 'pair',
      });
      expect(stubs.steps().filter((step) => step === 'teardownLane')).toHaveLength(1);
      expect(cleanup).toEqual({ outcome: 'kept', failures: [] });
    });
    const always = createStubActivities();
    await withDrill({ plan: { ...expiring, teardown: 'always' }, stubs: always }, async (drill) => {
      const { drillId, cleanup } = await drill.report();
      const asked = always.calls.filter(({ step }) => step === 'teardownLane').map(({ input }) => input);
      const common = { lane: 'local', drillId, onlyIfCreated: false };
      expect(asked).toEqual([
        { ...common, part: 'pair' },
        { ...common, part: 'all' },
      ]);
      expect(cleanup).toEqual({ outcome: 'succeeded', failures: [] });
    });
  });
});

describe.concurrent('a plan that is not valid', () => {
  it.each([
    ['a wrong value', [{ lane: 'local', teardown: 'perhaps' }], /"teardown" must be one of created, always, never/],
    ['no lane', [{}], /"lane" is missing/],
    ['text', ['local'], /the plan must be a mapping/],
    ['nothing', [], /the plan is missing/],
  ])('fails the workflow at once, naming the field, and touches nothing: %s', async (_, input, message) => {
    const stubs = createStubActivities();
    await withDrill({ input, stubs }, async (drill) => {
      const { cause } = await drill.failure();
      expect(cause).toBeInstanceOf(ApplicationFailure);
      expect(cause).toMatchObject({ type: 'InvalidPlan', message: expect.stringMatching(message) as string });
      expect(stubs.steps()).toEqual(['resolvePlan']);
    });
  });
});

describe.concurrent('a drill that loses its source', () => {
  const lossy = { disaster: 'source-loss', objectives: { rpoSeconds: 5, rtoSeconds: 60 } };

  it('stops it before the restore, measures from the loss, fences nothing that is gone, and brings it back', async () => {
    const stubs = createStubActivities();
    await withDrill({ plan: lossy, stubs }, async (drill) => {
      await drill.waitsForApproval();
      expect((await drill.status()).checks.find(({ name }) => name === 'rpo-objective')?.outcome).toBe('passed');
      await drill.approve();
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'passed', rto: { from: 'loss', totalSeconds: 30 } });
      const steps = stubs.steps();
      expect(steps.indexOf('loseSource')).toBeGreaterThan(steps.indexOf('proveSeal'));
      expect(steps.indexOf('loseSource')).toBeLessThan(steps.indexOf('submitRestore'));
      const fenced = stubs.calls.filter(({ step }) => step === 'fenceSite').map(({ input }) => input);
      expect(fenced).toMatchObject([{ site: 'target' }]);
      expect(steps.indexOf('recoverSource')).toBeGreaterThan(steps.indexOf('confirmClients'));
      expect(report.checks.find(({ name }) => name === 'rto-objective')?.outcome).toBe('passed');
    });
  });

  it('fails when an objective is missed, but goes on to the end: a late failover is better than none', async () => {
    await withDrill({ plan: { ...lossy, objectives: { rpoSeconds: 1, rtoSeconds: 10 } } }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toMatch(/rpo-objective.*rto-objective/);
      expect(report.cutover).toBeDefined();
    });
  });

  it('brings it back when the restore fails', async () => {
    const stubs = createStubActivities({ submitRestore: broken });
    await withDrill({ plan: lossy, stubs }, async (drill) => {
      expect(await drill.report()).toMatchObject({ result: 'failed', cleanup: { outcome: 'succeeded' } });
      expect(stubs.steps()).toContain('recoverSource');
    });
  });

  it('leaves it lost when the plan keeps the clients on the target', async () => {
    const stubs = createStubActivities();
    await withDrill({ plan: { ...lossy, revert: false }, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      expect(await drill.report()).toMatchObject({ result: 'passed', cleanup: { outcome: 'kept' } });
      expect(stubs.steps()).not.toContain('recoverSource');
    });
  });
});

describe.concurrent('what is lost while people decide', () => {
  /** A source that takes ten writes a second until it is fenced, and a client that sees them. */
  const busySource = () => {
    const begun = Date.now() - 2_000;
    const at = (ms: number): string => new Date(ms).toISOString();
    return createStubActivities({
      readCanary: async () => ({ recovered: { sequence: 40, at: at(begun) } }),
      fenceSite: async ({ site }) => ({
        fencedAt: at(Date.now()),
        ...(site === 'source' && { check: passing('source-fenced') }),
      }),
      measureRecovery: async ({ before, recovered = { sequence: 0, at: '' } }) => {
        const last = before === undefined ? Date.now() : Date.parse(before);
        const lostWrites = Math.round((last - begun) / 100);
        const lastAcknowledged = { sequence: recovered.sequence + lostWrites, at: at(last) };
        return { rpo: { seconds: (last - begun) / 1000, lostWrites, lastAcknowledged, lastRecovered: recovered } };
      },
    });
  };

  it('is shown to them before they do, and is a figure of its own afterwards', async () => {
    await withDrill({ plan: { objectives: { rpoSeconds: 600 } }, stubs: busySource() }, async (drill) => {
      const { atStake } = await drill.waitsForApproval();
      expect(atStake).toMatchObject({
        growing: true,
        lastRecovered: { sequence: 40 },
        objective: { rpoSeconds: 600, countDeciding: false },
      });
      expect(atStake!.seconds).toBeGreaterThanOrEqual(2);
      await drill.approve();
      const { rpo, humanWaits, decidedOn, checks } = await drill.report();
      expect(decidedOn?.atStake).toEqual(atStake);
      const waitedMs = Date.parse(humanWaits![0]!.to) - Date.parse(humanWaits![0]!.from);
      expect(waitedMs).toBeGreaterThan(0);
      expect(rpo?.whileDeciding?.seconds).toBe(waitedMs / 1000);
      const spanMs = Date.parse(rpo!.lastAcknowledged.at) - Date.parse(rpo!.lastRecovered.at);
      expect(rpo?.seconds).toBeCloseTo((spanMs - waitedMs) / 1000, 3);
      expect(checks.find(({ name }) => name === 'rpo-objective')).toMatchObject({
        outcome: 'passed',
        observed: expect.stringMatching(/more while people decided, would have been lost/) as string,
      });
    });
  });

  it('stands still for a source that was lost before, and is what was measured then', async () => {
    await withDrill({ plan: { disaster: 'source-loss' } }, async (drill) => {
      expect((await drill.waitsForApproval()).atStake).toMatchObject({
        growing: false,
        seconds: 2,
        lostWrites: 20,
      });
      await drill.approve();
      expect((await drill.report()).rpo).not.toHaveProperty('whileDeciding');
    });
  });

  it('that cannot be found out holds nothing up, and is said to be missing', async () => {
    await withDrill({ stubs: createStubActivities({ measureRecovery: broken }) }, async (drill) => {
      expect((await drill.waitsForApproval()).atStake).toBeUndefined();
      await drill.approve();
      const report = await drill.report();
      expect(report.leftOut).toContainEqual({ what: 'a measurement', why: 'It is broken: mend it' });
      expect(report.result).toBe('passed');
    });
  });
});

describe.concurrent('clients that are moved by hand', () => {
  const byHand = { cutover: { way: 'manual' } };

  it('are waited for with the source fenced, there and back, and the wait counts as human', async () => {
    const stubs = createStubActivities();
    await withDrill({ plan: byHand, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.handle.signal('cutoverDone', { by: 'eve' });
      await drill.approve();
      const { waitingFor } = await drill.when('the hand move', (seen) => seen.waitingFor?.what === 'cutover');
      expect(waitingFor).toMatchObject({ to: 'target' });
      expect(stubs.steps()).toContain('fenceSite');
      expect(stubs.steps()).not.toContain('awaitClients');
      await drill.handle.signal('cutoverDone', 'done');
      await drill.handle.signal('cutoverDone', { by: 'eve', to: 'source' });
      await drill.handle.signal('cutoverDone', { by: 'ann', comment: 'DNS changed' });
      await drill.when('the way back', (seen) => seen.waitingFor?.to === 'source');
      await drill.handle.signal('cutoverDone', { by: 'bea' });
      const report = await drill.report();
      expect(report.result).toBe('passed');
      expect(report.handMoves).toMatchObject([
        { to: 'target', by: 'ann', comment: 'DNS changed' },
        { to: 'source', by: 'bea' },
      ]);
      expect(report.ignoredMessages).toMatchObject([
        { message: 'cutoverDone', why: expect.stringContaining('not waiting') as string },
        { message: 'cutoverDone', why: expect.stringContaining('JSON object') as string },
        { message: 'cutoverDone', why: expect.stringContaining('moved to the target') as string },
      ]);
      const { humanWaits = [], phases, timing } = report;
      expect(humanWaits.map(({ kind }) => kind)).toEqual(['approval', 'cutover', 'cutover']);
      const waited = humanWaits.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0) / 1000;
      expect(waited).toBeGreaterThan(0);
      expect(timing.humanWaitSeconds).toBeCloseTo(waited, 0);
      expect(timing.machineSeconds + timing.humanWaitSeconds).toBeCloseTo(timing.totalSeconds, 1);
      for (const { name, humanWaitSeconds = 0 } of phases) {
        if (!['approval', 'cutover', 'revert'].includes(name)) expect(humanWaitSeconds).toBe(0);
      }
    });
  });

  it('that nobody moves in time fail the drill, which lifts the fence again', async () => {
    const stubs = createStubActivities();
    await withDrill({ plan: { ...byHand, cutover: { way: 'manual', timeout: '1s' } }, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toContain('that the clients were moved to the target');
      expect(stubs.steps()).toContain('liftFence');
    });
  });
});

describe.concurrent('what is proved', () => {
  it.each([
    [
      'an archive that a flipped byte does not spoil',
      { inspectArchive: async () => ({ checks: [failing('flipped-byte-refused')], inspection: {} as never }) },
    ],
    ['a seal that does not open', { proveSeal: async () => ({ checks: [failing('seal-proof')] }) }],
    ['a control key that opens the seal', { proveSeal: async () => ({ checks: [failing('other-key-refused')] }) }],
  ])('leaves the target untouched: %s', async (_, overrides) => {
    const stubs = createStubActivities(overrides);
    await withDrill({ stubs }, async (drill) => {
      expect(await drill.report()).toMatchObject({ result: 'failed' });
      expect(stubs.steps()).not.toContain('submitRestore');
    });
  });

  it('asks nobody about a store that differs', async () => {
    const stubs = createStubActivities({
      compareStores: async () => ({ check: failing('store-equality'), comparison: {} as never }),
    });
    await withDrill({ stubs }, async (drill) => {
      expect(await drill.report()).toMatchObject({ result: 'failed', approvals: [] });
    });
  });

  it('fails a drill in which a fenced source acknowledged a write', async () => {
    const stubs = createStubActivities({
      measureMove: async ({ to, way }) => ({
        moved: {
          to,
          way,
          outageMs: 1,
          operations: 9,
          failedOperations: 0,
          staleReads: 0,
          writesAfterFence: 1,
          spans: [],
        },
        servedAt: '2026-01-01T00:00:40.000Z',
      }),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toContain('no-write-after-fence');
    });
  });

  it('fails a drill whose report cannot be signed, and says so in it', async () => {
    const everything = createStubActivities();
    const stubs = createStubActivities({
      writeReport: async (input) => {
        if (input.evidence !== undefined) throw new KnownFailure('TransitUnreachable', 'Transit is away');
        return everything.activities.writeReport(input);
      },
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'failed', reason: 'The report could not be signed: Transit is away' });
      expect(report.leftOut).toContainEqual({ what: 'signature', why: 'Transit is away' });
    });
  });

  it('is written anew, as failed, when the rest of the lane cannot be removed afterwards', async () => {
    const stubs = createStubActivities({
      teardownLane: async ({ part }) => (part === 'all' ? broken() : 'removed'),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.reason).toBe('Clean-up failed: rest of the lane taken down: It is broken: mend it');
      expect(stubs.steps().slice(-3)).toEqual(['teardownLane', 'releaseLane', 'writeReport']);
    });
  });
});

describe.concurrent('a drill that does not pass', () => {
  it('fails with its report, after undoing what it did', async () => {
    const stubs = createStubActivities({ submitRestore: broken });
    await withDrill({ stubs }, async (drill) => {
      const { cause } = await drill.failure();
      expect(cause).toMatchObject({ type: 'DrillFailed', message: 'The phase restore failed: It is broken: mend it' });
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'failed', reason: 'The phase restore failed: It is broken: mend it' });
      expect(report.phases.at(-2)).toMatchObject({ name: 'restore', outcome: 'failed' });
      expect(report.phases.at(-1)).toMatchObject({ name: 'teardown', outcome: 'passed' });
      expect(stubs.steps()).not.toContain('observeRestore');
      expect(stubs.steps().slice(-5)).toEqual([
        'teardownLane',
        'tagSnapshot',
        'writeReport',
        'teardownLane',
        'releaseLane',
      ]);
      expect((await drill.status()).report).toEqual(report);
      expect(await drill.endedAs()).toBe('FAILED');
    });
  });

  it('seeds nothing when a requirement is not met', async () => {
    const found = {
      checks: [failing('same-seal')],
      source: { clusterId: 's', version: '2' },
      target: { clusterId: 't', version: '2' },
    };
    const stubs = createStubActivities({ checkRequirements: async () => found });
    await withDrill({ stubs }, async (drill) => {
      const report = await drill.report();
      expect(report.reason).toBe('The check same-seal failed in phase preflight: expected one thing, observed another');
      expect(report.checks).toEqual([failing('same-seal')]);
      expect(stubs.steps()).not.toContain('seedPair');
    });
  });

  it.each(['cluster-id-matches-source', 'target-password-refused'] as const)(
    'does not ask a person about a target that failed %s',
    async (name) => {
      const stubs = createStubActivities({ verifyTarget: async () => [failing(name)] });
      await withDrill({ stubs }, async (drill) => {
        expect(await drill.report()).toMatchObject({ result: 'failed', approvals: [] });
        expect(stubs.steps()).not.toContain('digestEvidence');
        expect(stubs.steps()).not.toContain('switchClients');
      });
    },
  );

  it('moves the clients back when they cannot be confirmed on the target', async () => {
    const stubs = createStubActivities({
      confirmClients: async ({ at }) =>
        at === 'target' ? failing('client-reaches-target') : passing('client-back-at-source'),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toContain('The check client-reaches-target failed in phase confirm');
      expect(report.phases.slice(-3)).toMatchObject([
        { name: 'confirm', outcome: 'failed' },
        { name: 'revert', outcome: 'passed' },
        { name: 'teardown', outcome: 'passed' },
      ]);
      expect(report.cleanup.outcome).toBe('succeeded');
    });
  });

  it('moves the clients back even if the move itself failed: it may have taken effect', async () => {
    let moves = 0;
    const stubs = createStubActivities({
      switchClients: async () => {
        moves += 1;
        if (moves === 1) await broken();
      },
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      expect(await drill.report()).toMatchObject({
        result: 'failed',
        reason: 'The phase cutover failed: It is broken: mend it',
      });
      expect(stubs.calls.filter(({ step }) => step === 'switchClients').map(({ input }) => input)).toMatchObject([
        { to: 'target' },
        { to: 'source' },
      ]);
    });
  });

  it('moves the clients back even if the plan meant to keep them: nobody has seen them on the target', async () => {
    const stubs = createStubActivities({
      confirmClients: async ({ at }) =>
        at === 'target' ? failing('client-reaches-target') : passing('client-back-at-source'),
    });
    await withDrill({ plan: { revert: false }, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      await drill.report();
      expect(stubs.calls.filter(({ step }) => step === 'switchClients').map(({ input }) => input)).toMatchObject([
        { to: 'target' },
        { to: 'source' },
      ]);
    });
  });

  it('has failed when the clean-up failed, and goes on cleaning up', async () => {
    const stubs = createStubActivities({ teardownLane: broken });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toBe('Clean-up failed: lane taken down: It is broken: mend it');
      expect(report.cleanup).toEqual({ outcome: 'failed', failures: ['lane taken down: It is broken: mend it'] });
      expect(stubs.steps().slice(-2)).toEqual(['writeReport', 'releaseLane']);
    });
  });

  it('has failed when the clients did not come back', async () => {
    const stubs = createStubActivities({
      confirmClients: async ({ at }) =>
        at === 'target' ? passing('client-reaches-target') : failing('client-back-at-source'),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toContain('The check client-back-at-source failed: expected one thing, observed another');
      expect(stubs.steps()).toContain('teardownLane');
    });
  });

  it('says what became of it when even the report cannot be written', async () => {
    const stubs = createStubActivities({
      writeReport: async () => {
        throw new KnownFailure('DiskFull', 'No space is left: free some');
      },
    });
    await withDrill({ plan: { approval: { timeout: '1s' } }, stubs }, async (drill) => {
      const { cause } = await drill.failure();
      expect(cause).toMatchObject({
        type: 'ReportNotWritten',
        message: expect.stringMatching(
          /expired.*No person decided within 1\.0 s.*No space is left: free some/,
        ) as string,
        details: [expect.objectContaining({ result: 'expired' })],
      });
    });
  });
});

describe.concurrent('a lane that another drill has', () => {
  it('ends the drill without touching the lane', async () => {
    const stubs = createStubActivities({
      reserveLane: async () => {
        throw new KnownFailure('LaneBusy', 'Lane local is in use by drill 1: wait for it');
      },
    });
    await withDrill({ stubs }, async (drill) => {
      const { cause } = await drill.failure();
      expect(cause).toMatchObject({
        type: 'DrillFailed',
        message: 'The phase provision failed: Lane local is in use by drill 1: wait for it',
      });
      // A release gives back only what this very drill has.
      expect(stubs.steps()).toEqual(['resolvePlan', 'reserveLane', 'writeReport', 'releaseLane']);
    });
  });
});

describe.concurrent('a cancelled drill', () => {
  it('cleans up and reports when it is cancelled while it waits', async () => {
    const stubs = createStubActivities();
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.handle.cancel();
      expect((await drill.failure()).cause).toBeInstanceOf(CancelledFailure);
      expect(await drill.endedAs()).toBe('CANCELLED');
      expect(stubs.steps().slice(-5)).toEqual([
        'teardownLane',
        'tagSnapshot',
        'writeReport',
        'teardownLane',
        'releaseLane',
      ]);
      const { report } = await drill.status();
      expect(report).toMatchObject({ result: 'cancelled', reason: 'Cancelled during approval' });
      expect(report?.phases.find(({ name }) => name === 'approval')?.outcome).toBe('cancelled');
    });
  });

  it('waits for the step that runs to have ended before it cleans up', async () => {
    const ended: string[] = [];
    const stubs = createStubActivities({
      provisionLane: async () => {
        try {
          return await untilCancelled();
        } finally {
          ended.push('provisionLane');
        }
      },
      teardownLane: async () => {
        ended.push('teardownLane');
        return 'removed';
      },
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.reaches('provisionLane');
      await drill.handle.cancel();
      expect(await drill.endedAs()).toBe('CANCELLED');
      expect(ended).toEqual(['provisionLane', 'teardownLane', 'teardownLane']);
      expect((await drill.status()).report).toMatchObject({
        result: 'cancelled',
        reason: 'Cancelled during provision',
      });
    });
  });

  it('is cancelled, and not failed, when a step breaks before it hears of the cancel', async () => {
    let interrupt!: () => void;
    const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
    let started!: () => void;
    const running = new Promise<void>((resolve) => (started = resolve));
    const stubs = createStubActivities({
      provisionLane: async () => {
        started();
        await interrupted;
        throw new KnownFailure('DownloadInterrupted', 'The download was interrupted.', { retryable: true });
      },
    });
    await withDrill({ stubs }, async (drill) => {
      await running;
      await drill.handle.cancel();
      interrupt();
      await expect(drill.handle.result()).rejects.toMatchObject({ cause: expect.any(CancelledFailure) as unknown });
      const { report } = await drill.status();
      expect(report).toMatchObject({ result: 'cancelled', reason: 'Cancelled during provision' });
    });
  });

  it('moves the clients back when it is cancelled after the cutover', async () => {
    const stubs = createStubActivities({
      confirmClients: async ({ at }) => (at === 'target' ? untilCancelled() : passing('client-back-at-source')),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      await drill.reaches('confirmClients');
      await drill.handle.cancel();
      expect(await drill.endedAs()).toBe('CANCELLED');
      const { report } = await drill.status();
      expect(report?.phases.slice(-3)).toMatchObject([
        { name: 'confirm', outcome: 'cancelled' },
        { name: 'revert', outcome: 'passed' },
        { name: 'teardown', outcome: 'passed' },
      ]);
    });
  });

  it('ends as what it was when it is cancelled while it cleans up', async () => {
    let goOn = () => {};
    const cleaningUp = new Promise<void>((resolve) => (goOn = resolve));
    const stubs = createStubActivities({
      teardownLane: async () => {
        await cleaningUp;
        return 'removed';
      },
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      await drill.reaches('teardownLane');
      await drill.handle.cancel();
      goOn();
      expect(await drill.report()).toMatchObject({ result: 'passed' });
      expect(await drill.endedAs()).toBe('COMPLETED');
    });
  });
});
