import { describe, expect, it } from 'vitest';
import { restoreTarget, type RestoreTargetInput } from '../../../../workflows/phases/restoring/restore-target.js';
import { exampleTopology, exampleUnderOperators } from '../../../support/drills/example-topology.js';
import { createStubActivities } from '../../../support/drills/stub-activities.js';

const topology = exampleTopology();
const withOperators = exampleUnderOperators();

const forced = { restoreByOperator: async () => ({ ...completed, forced: true }) };
const completed = {
  outcome: 'completed',
  message: '',
  startedAt: '',
  endedAt: '',
  name: 'a',
  uid: 'u',
  bound: [],
} as const;

const input = (more: Partial<RestoreTargetInput>): RestoreTargetInput => ({
  topology: withOperators,
  drillId: 'drill-1',
  snapshot: { key: 'a/b.snap', sizeBytes: 1, sha256: 'ab', takenAt: '', index: 7 },
  openbaoVersion: '2.7.2',
  sourceClusterId: 'source-id',
  previousClusterId: 'target-id',
  ...more,
});
const breakGlass = { reason: 'our runbook restores with force' };

const restore = async (more: Partial<RestoreTargetInput>, stubs = createStubActivities(forced)) => {
  const { byOperator } = await restoreTarget(stubs.activities, input(more));
  const asked = stubs.calls.filter(({ step }) => /restoreByOperator|submitRestore|observeRestore/.test(step));
  return { byOperator, asked: asked.map(({ input: of }) => of) };
};

describe('break-glass', () => {
  it('forces the operator’s restore, and its reason is in what is told of it', async () => {
    const { byOperator, asked } = await restore({ breakGlass });
    expect(asked[0]).toMatchObject({ force: true, attempt: 1 });
    expect(byOperator).toMatchObject({ forced: true, forcedBecause: breakGlass.reason });
  });

  it('is not used by a plan that does not ask for it', async () => {
    const { byOperator, asked } = await restore({}, createStubActivities());
    expect(asked[0]).not.toHaveProperty('force');
    expect(byOperator).toMatchObject({ forced: false });
    expect(byOperator).not.toHaveProperty('forcedBecause');
  });

  it('is no reason for what the operator does not say was forced', async () => {
    const { byOperator } = await restore({ breakGlass }, createStubActivities());
    expect(byOperator).not.toHaveProperty('forcedBecause');
  });

  it('says nothing to a target without an operator, nor to whoever looks at what became of it', async () => {
    for (const of of [topology, withOperators]) {
      const { asked } = await restore({ topology: of, breakGlass });
      expect(asked.at(-1)).not.toHaveProperty('breakGlass');
      if (of === topology) expect(asked[0]).not.toHaveProperty('force');
    }
  });
});
