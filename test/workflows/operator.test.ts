import { describe, expect, it } from 'vitest';
import { skippedCheck } from '../../domain/run/checks.js';
import { KnownFailure } from '../../domain/known-failure.js';
import { runDrills } from '../support/drills/drill.js';
import { exampleUnderOperators } from '../support/drills/example-topology.js';
import {
  createStubActivities,
  failing,
  type StepName,
  type StubActivities,
} from '../support/drills/stub-activities.js';

const { withDrill } = runDrills();

const provisionLane = async () => ({ topology: exampleUnderOperators() });
const restored = { startedAt: '', endedAt: '', name: 'drill-1-1', uid: 'u1', forced: false, bound: [] };

const only = (stubs: StubActivities, ...names: readonly StepName[]): readonly StepName[] =>
  stubs.steps().filter((step) => names.includes(step));
const operatorSteps = (stubs: StubActivities) =>
  only(
    stubs,
    ...(['checkOperators', 'takeSnapshot', 'backUpByOperator', 'submitRestore', 'restoreByOperator'] as const),
    ...(['observeRestore', 'compareStores', 'repairTrust', 'acknowledgeRestore', 'settleOperatorBackup'] as const),
  );

describe.concurrent('a pair with operators', () => {
  it('is backed up and restored through them, and left fit to work', async () => {
    const stubs = createStubActivities({ provisionLane });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      expect(operatorSteps(stubs)).toEqual([
        'checkOperators',
        'backUpByOperator',
        'restoreByOperator',
        'observeRestore',
        'compareStores',
        'repairTrust',
        'settleOperatorBackup',
      ]);
    });
  });

  it('is asked for the rights that its plan takes, and forced if the plan says why', async () => {
    const restoreByOperator = async () => ({ ...restored, outcome: 'completed', message: '', forced: true }) as const;
    const stubs = createStubActivities({ provisionLane, restoreByOperator });
    const plan = { lane: 'k3d', disaster: 'source-loss', k3d: { breakGlass: { reason: 'our runbook does' } } };
    await withDrill({ plan, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const inputOf = (name: StepName) => stubs.calls.find(({ step }) => step === name)?.input;
      expect(inputOf('checkOperators')).toMatchObject({
        plan: { disaster: 'source-loss', cutover: { way: 'edge' } },
      });
      expect(inputOf('restoreByOperator')).toMatchObject({ force: true });
      const { operatorRestore, plan: reported } = await drill.report();
      expect(operatorRestore).toMatchObject({ forced: true, forcedBecause: 'our runbook does' });
      expect(reported.k3d?.breakGlass).toEqual({ reason: 'our runbook does' });
    });
  });

  it('is told to go on when it is held, once its logins trust their own cluster again', async () => {
    const stubs = createStubActivities({
      provisionLane,
      restoreByOperator: async () => ({ ...restored, outcome: 'held', message: 'AwaitingAcknowledgement' }),
    });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      expect(only(stubs, 'compareStores', 'repairTrust', 'acknowledgeRestore')).toEqual([
        'compareStores',
        'repairTrust',
        'acknowledgeRestore',
      ]);
      expect(stubs.calls.find(({ step }) => step === 'acknowledgeRestore')?.input).toMatchObject({
        name: 'drill-1-1',
        uid: 'u1',
      });
    });
  });

  it('is not believed when it says that the restore was completed', async () => {
    const stubs = createStubActivities({
      provisionLane,
      restoreByOperator: async () => ({ ...restored, outcome: 'completed', message: 'all is well' }),
      observeRestore: async () => 'unchanged',
    });
    await withDrill({ stubs }, async (drill) => {
      const { reason } = await drill.report();
      expect(reason).toContain('the operator ended drill-1-1 as completed: all is well');
      expect(only(stubs, 'restoreByOperator')).toHaveLength(2);
      const attempts = stubs.calls.filter(({ step }) => step === 'restoreByOperator');
      expect(attempts.map(({ input }) => (input as { attempt: number }).attempt)).toEqual([1, 2]);
    });
  });

  it('ends when the restore is refused, with the target as it was', async () => {
    const refused = new KnownFailure('AdmissionRefused', 'The cluster does not take the resource');
    const stubs = createStubActivities({
      provisionLane,
      restoreByOperator: async () => {
        throw refused;
      },
    });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toContain(
        'The phase restore failed: The cluster does not take the resource',
      );
      expect(only(stubs, 'restoreByOperator', 'observeRestore')).toEqual(['restoreByOperator']);
    });
  });

  it('does not pass with a target that trusts the source', async () => {
    const stubs = createStubActivities({
      provisionLane,
      repairTrust: async () => [failing('source-operator-refused')],
    });
    await withDrill({ stubs }, async (drill) => {
      expect((await drill.report()).reason).toContain('source-operator-refused');
    });
  });

  it('does not pass with a target that stays sealed, whatever its operator calls it', async () => {
    const stubs = createStubActivities({
      provisionLane,
      restoreByOperator: async () => ({ ...restored, outcome: 'completed', message: 'all is well' }),
      observeRestore: async () => 'sealed',
      observeSeal: async () => 'sealed',
    });
    await withDrill({ stubs }, async (drill) => {
      const report = await drill.report();
      expect(report.reason).toContain('stays sealed');
      expect(report.operatorRestore).toMatchObject({ outcome: 'completed' });
      expect(only(stubs, 'restoreByOperator', 'restartSite', 'repairTrust')).toEqual([
        'restoreByOperator',
        'restartSite',
      ]);
    });
  });

  it('is not asked for the status of a backup whose source was lost', async () => {
    const stubs = createStubActivities({ provisionLane });
    const plan = { disaster: 'source-loss' };
    await withDrill({ plan, stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      const check = report.checks.find(({ name }) => name === 'operator-backup-status');
      expect(check?.outcome).toBe('skipped');
      expect(only(stubs, 'loseSource', 'restoreByOperator', 'repairTrust', 'settleOperatorBackup')).toEqual([
        'loseSource',
        'restoreByOperator',
        'repairTrust',
      ]);
    });
  });

  it('goes on when the status of its backup sticks, and says so', async () => {
    const stuck = skippedCheck('operator-backup-status', 'a', 'b', 'the lock is held: release it with kubectl');
    const stubs = createStubActivities({ provisionLane, settleOperatorBackup: async () => stuck });
    await withDrill({ stubs }, async (drill) => {
      await drill.waitsForApproval();
      await drill.approve();
      const report = await drill.report();
      expect(report.result).toBe('passed');
      expect(report.checks.find(({ name }) => name === 'operator-backup-status')).toEqual(stuck);
      expect(report.operatorRestore).toMatchObject({ name: 'drill-1-1', outcome: 'completed' });
    });
  });
});
