import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drillWorkflowType } from '../../domain/contract.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { waitUntil } from '../../systems/wait-until.js';
import { type DrillRunner, startDrillRunner, type WithDrill } from '../support/drill.js';
import { createStubActivities, failing, passing } from '../support/stub-activities.js';

let runner: DrillRunner;
beforeAll(async () => {
  runner = await startDrillRunner();
});
afterAll(() => runner.stop());
const withDrill: WithDrill = (...drill) => runner.withDrill(...drill);

const broken = async (): Promise<never> => {
  throw new KnownFailure('Broken', 'It is broken: mend it');
};
/** As a real step that is told to stop: it ends once it hears of it. */
const untilCancelled = async (): Promise<never> => {
  const signal = cancellationSignal();
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new Error('aborted');
};

describe.concurrent('a drill', () => {
  it('does its phases in the order of the runbook', async () => {
    const stubs = createStubActivities();
    await withDrill(stubs, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(stubs.steps()).toEqual([
        'resolvePlan',
        'reserveLane',
        'provisionLane',
        'checkRequirements',
        'seedPair',
        'takeSnapshot',
        'checkTargetStorage',
        'submitRestore',
        'observeRestore',
        'observeSeal',
        'verifyTarget',
        'digestEvidence',
        'moveClients',
        'confirmClients',
        'moveClients',
        'confirmClients',
        'teardownLane',
        'releaseLane',
        'writeReport',
      ]);
      expect(report.phases.map(({ name }) => name)).toEqual([
        'provision',
        'preflight',
        'seed',
        'backup',
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
      const moves = stubs.calls.filter(({ step }) => step === 'moveClients').map(({ input }) => input);
      expect(moves).toMatchObject([{ to: 'target' }, { to: 'source' }]);
      expect(report).toMatchObject({
        schemaVersion: 1,
        result: 'passed',
        lane: 'local',
        workflowId: drill.handle.workflowId,
        snapshot: { key: 'a/b.snap', sha256: 'ab' },
        evidence: { sha256: 'e1' },
        cleanup: { outcome: 'succeeded', failures: [] },
        versions: { openbao: { source: '2.7.2', target: '2.7.2' } },
      });
      expect(report.checks.map(({ name }) => name)).toEqual([
        'same-openbao-version',
        'same-seal',
        'controls-effective',
        'archive-integrity',
        'storage-reachable-from-target',
        'cluster-id-matches-source',
        'target-password-refused',
        'source-password-accepted',
        'marker-is-source',
        'openbao-version-unchanged',
        'cutover-only-after-verification',
        'client-reaches-target',
        'client-back-at-source',
      ]);
    });
  });

  it('can be followed: checklist, summaries, search attributes, and its report at the end', async () => {
    const { client } = runner.temporal;
    await withDrill(createStubActivities(), async (drill) => {
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
        description: 'Approve the cutover: {"approver":"ann","comment":"…"}',
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
      expect(summaries).toHaveLength(20);
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
    await withDrill(createStubActivities({ seedPair }), async (drill) => {
      const { phases } = await drill.waitsForApproval();
      expect(phases.map(({ name, attempts }) => [name, attempts])).toContainEqual(['seed', 3]);
      expect(phases.map(({ name, attempts }) => [name, attempts])).toContainEqual(['backup', 1]);
    });
  });

  it('leaves the clients on the target when the plan says so', async () => {
    const stubs = createStubActivities();
    await withDrill(
      stubs,
      async (drill) => {
        await drill.waitsForApproval();
        await drill.approve();
        const report = await drill.report();
        expect(report).toMatchObject({ result: 'passed', cleanup: { outcome: 'kept' } });
        expect(stubs.steps().filter((step) => step === 'moveClients')).toHaveLength(1);
        expect(stubs.steps()).not.toContain('teardownLane');
        expect(stubs.steps().slice(-2)).toEqual(['releaseLane', 'writeReport']);
        expect(report.leftOut).toContainEqual({ what: 'revert', why: 'the plan keeps the clients on the target' });
        expect(report.leftOut).toContainEqual({ what: 'teardown', why: 'the plan keeps the lane' });
      },
      [{ lane: 'local', revert: false, teardown: 'never' }],
    );
  });

  it('takes down only what it made, unless the plan says otherwise', async () => {
    const stubs = createStubActivities({ teardownLane: async () => 'kept' });
    const expiring = { lane: 'local', approval: { timeout: '1s' } };
    await withDrill(
      stubs,
      async (drill) => {
        const { drillId, cleanup } = await drill.report();
        expect(stubs.calls.find(({ step }) => step === 'teardownLane')?.input).toEqual({
          lane: 'local',
          drillId,
          onlyIfCreated: true,
        });
        expect(cleanup).toEqual({ outcome: 'kept', failures: [] });
      },
      [expiring],
    );
    const always = createStubActivities();
    await withDrill(
      always,
      async (drill) => {
        const { drillId, cleanup } = await drill.report();
        const asked = always.calls.find(({ step }) => step === 'teardownLane')?.input;
        expect(asked).toEqual({ lane: 'local', drillId, onlyIfCreated: false });
        expect(cleanup).toEqual({ outcome: 'succeeded', failures: [] });
      },
      [{ ...expiring, teardown: 'always' }],
    );
  });
});

describe.concurrent('a plan that is not valid', () => {
  it.each([
    ['a wrong value', [{ lane: 'local', teardown: 'perhaps' }], /"teardown" must be one of created, always, never/],
    ['no lane', [{}], /"lane" is missing/],
    ['text', ['local'], /the plan must be of type object/],
    ['nothing', [], /the plan is missing/],
  ])('fails the workflow at once, naming the field, and touches nothing: %s', async (_, args, message) => {
    const stubs = createStubActivities();
    await withDrill(
      stubs,
      async (drill) => {
        const { cause } = await drill.failure();
        expect(cause).toBeInstanceOf(ApplicationFailure);
        expect(cause).toMatchObject({ type: 'InvalidPlan', message: expect.stringMatching(message) as string });
        expect(stubs.steps()).toEqual(['resolvePlan']);
      },
      args,
    );
  });
});

describe.concurrent('a drill that does not pass', () => {
  it('fails with its report, after undoing what it did', async () => {
    const stubs = createStubActivities({ submitRestore: broken });
    await withDrill(stubs, async (drill) => {
      const { cause } = await drill.failure();
      expect(cause).toMatchObject({ type: 'DrillFailed', message: 'restore: Broken: It is broken: mend it' });
      const report = await drill.report();
      expect(report).toMatchObject({ result: 'failed', reason: 'restore: Broken: It is broken: mend it' });
      expect(report.phases.at(-2)).toMatchObject({ name: 'restore', outcome: 'failed' });
      expect(report.phases.at(-1)).toMatchObject({ name: 'teardown', outcome: 'passed' });
      expect(stubs.steps()).not.toContain('observeRestore');
      expect(stubs.steps().slice(-3)).toEqual(['teardownLane', 'releaseLane', 'writeReport']);
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
    await withDrill(stubs, async (drill) => {
      const report = await drill.report();
      expect(report.reason).toBe('preflight: CheckFailed: same-seal: expected one thing, observed another');
      expect(report.checks).toEqual([failing('same-seal')]);
      expect(stubs.steps()).not.toContain('seedPair');
    });
  });

  it.each(['cluster-id-matches-source', 'target-password-refused'] as const)(
    'does not ask a person about a target that failed %s',
    async (name) => {
      const stubs = createStubActivities({ verifyTarget: async () => [failing(name)] });
      await withDrill(stubs, async (drill) => {
        expect(await drill.report()).toMatchObject({ result: 'failed', approvals: [] });
        expect(stubs.steps()).not.toContain('digestEvidence');
        expect(stubs.steps()).not.toContain('moveClients');
      });
    },
  );

  it('moves the clients back when they cannot be confirmed on the target', async () => {
    const stubs = createStubActivities({
      confirmClients: async ({ at }) =>
        at === 'target' ? failing('client-reaches-target') : passing('client-back-at-source'),
    });
    await withDrill(stubs, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toContain('confirm: CheckFailed: client-reaches-target');
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
      moveClients: async () => {
        moves += 1;
        if (moves === 1) await broken();
      },
    });
    await withDrill(stubs, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      expect(await drill.report()).toMatchObject({
        result: 'failed',
        reason: 'cutover: Broken: It is broken: mend it',
      });
      expect(stubs.calls.filter(({ step }) => step === 'moveClients').map(({ input }) => input)).toMatchObject([
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
    await withDrill(
      stubs,
      async (drill) => {
        await drill.waitsForApproval();
        await drill.approve();
        await drill.report();
        expect(stubs.calls.filter(({ step }) => step === 'moveClients').map(({ input }) => input)).toMatchObject([
          { to: 'target' },
          { to: 'source' },
        ]);
      },
      [{ lane: 'local', revert: false }],
    );
  });

  it('has failed when the clean-up failed, and goes on cleaning up', async () => {
    const stubs = createStubActivities({ teardownLane: broken });
    await withDrill(stubs, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toBe('clean-up failed: lane taken down: It is broken: mend it');
      expect(report.cleanup).toEqual({ outcome: 'failed', failures: ['lane taken down: It is broken: mend it'] });
      expect(stubs.steps().slice(-2)).toEqual(['releaseLane', 'writeReport']);
    });
  });

  it('has failed when the clients did not come back', async () => {
    const stubs = createStubActivities({
      confirmClients: async ({ at }) =>
        at === 'target' ? passing('client-reaches-target') : failing('client-back-at-source'),
    });
    await withDrill(stubs, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('failed');
      expect(report.reason).toContain('client-back-at-source: expected one thing, observed another');
      expect(stubs.steps()).toContain('teardownLane');
    });
  });

  it('says what became of it when even the report cannot be written', async () => {
    const stubs = createStubActivities({
      writeReport: async () => {
        throw new KnownFailure('DiskFull', 'No space is left: free some');
      },
    });
    await withDrill(
      stubs,
      async (drill) => {
        const { cause } = await drill.failure();
        expect(cause).toMatchObject({
          type: 'ReportNotWritten',
          message: expect.stringMatching(/expired.*Nobody decided within 1 s.*No space is left: free some/) as string,
          details: [expect.objectContaining({ result: 'expired' })],
        });
      },
      [{ lane: 'local', approval: { timeout: '1s' } }],
    );
  });
});

describe.concurrent('a lane that another drill has', () => {
  it('ends the drill without touching the lane', async () => {
    const stubs = createStubActivities({
      reserveLane: async () => {
        throw new KnownFailure('LaneBusy', 'Lane local is in use by drill 1: wait for it');
      },
    });
    await withDrill(stubs, async (drill) => {
      const { cause } = await drill.failure();
      expect(cause).toMatchObject({
        type: 'DrillFailed',
        message: 'provision: LaneBusy: Lane local is in use by drill 1: wait for it',
      });
      // A release gives back only what this very drill has.
      expect(stubs.steps()).toEqual(['resolvePlan', 'reserveLane', 'releaseLane', 'writeReport']);
    });
  });
});

describe.concurrent('a cancelled drill', () => {
  it('cleans up and reports when it is cancelled while it waits', async () => {
    const stubs = createStubActivities();
    await withDrill(stubs, async (drill) => {
      await drill.waitsForApproval();
      await drill.handle.cancel();
      expect((await drill.failure()).cause).toBeInstanceOf(CancelledFailure);
      expect(await drill.endedAs()).toBe('CANCELLED');
      expect(stubs.steps().slice(-3)).toEqual(['teardownLane', 'releaseLane', 'writeReport']);
      const { report } = await drill.status();
      expect(report).toMatchObject({ result: 'cancelled', reason: 'cancelled during approval' });
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
    await withDrill(stubs, async (drill) => {
      await drill.reaches('provisionLane');
      await drill.handle.cancel();
      expect(await drill.endedAs()).toBe('CANCELLED');
      expect(ended).toEqual(['provisionLane', 'teardownLane']);
      expect((await drill.status()).report).toMatchObject({
        result: 'cancelled',
        reason: 'cancelled during provision',
      });
    });
  });

  it('moves the clients back when it is cancelled after the cutover', async () => {
    const stubs = createStubActivities({
      confirmClients: async ({ at }) => (at === 'target' ? untilCancelled() : passing('client-back-at-source')),
    });
    await withDrill(stubs, async (drill) => {
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
    await withDrill(stubs, async (drill) => {
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
