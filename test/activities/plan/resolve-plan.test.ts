import { expect, it } from 'vitest';
import { createResolvePlan } from '../../../activities/plan/resolve-plan.js';
import { runActivity } from '../support.js';

const resolve = (input: unknown) => runActivity(createResolvePlan({ unindexed: false }), { input });

it('fills in everything a lane alone leaves open', async () => {
  expect(await resolve({ lane: 'local' })).toMatchObject({ lane: 'local', revert: true, teardown: 'created' });
});

it('says of a run that it does without search attributes, and nothing otherwise', async () => {
  const unindexed = createResolvePlan({ unindexed: true });
  expect(await runActivity(unindexed, { input: { lane: 'local' } })).toHaveProperty('unindexed', true);
  expect(await resolve({ lane: 'local' })).not.toHaveProperty('unindexed');
});

it('refuses what is not a plan, and no retry would help', async () => {
  await expect(resolve({ lane: 'nowhere' })).rejects.toMatchObject({ type: 'InvalidPlan', retryable: false });
});
