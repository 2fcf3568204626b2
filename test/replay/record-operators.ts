import { expect, it } from 'vitest';
import { KnownFailure } from '../../domain/known-failure.js';
import { runDrills } from '../support/drills/drill.js';
import { recordHistory } from '../support/drills/record-history.js';
import { exampleUnderOperators } from '../support/drills/example-topology.js';
import { createStubActivities } from '../support/drills/stub-activities.js';

/**
 * Records what a workflow asks for on a pair with operators, with stub steps on a real Temporal server: replay compares nothing
 * but these commands. `OPENBAO_DR_RECORD=1 npm run test:k3d` records the same drills on real clusters where there are some.
 */
const runner = runDrills();

const provisionLane = async () => ({ topology: exampleUnderOperators() });

it('records a drill through operators', async () => {
  await runner.withDrill({ stubs: createStubActivities({ provisionLane }) }, async (drill) => {
    await drill.waitsForApproval();
    await drill.approve();
    expect(await drill.report()).toMatchObject({ result: 'passed' });
    await recordHistory(runner, 'by-operator', drill.handle.workflowId);
  });
});

it('records a drill whose restore finds the lock of the operator held', async () => {
  const restoreByOperator = async (): Promise<never> => {
    throw new KnownFailure('OperatorLockHeld', 'The lock of the operator is held: release it');
  };
  await runner.withDrill({ stubs: createStubActivities({ provisionLane, restoreByOperator }) }, async (drill) => {
    expect(await drill.report()).toMatchObject({ result: 'failed' });
    await recordHistory(runner, 'lock-held', drill.handle.workflowId);
  });
});
