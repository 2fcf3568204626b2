import { expect, it } from 'vitest';
import { createResolvePlan } from '../../../activities/plan/resolve-plan.js';
import { runActivity } from '../support.js';

const resolve = (input: unknown) => runActivity(createResolvePlan(), { input });

it('fills in everything a lane alone leaves open', async () => {
  expect(await resolve({ lane: 'local' })).toMatchObject({ lane: 'local', revert: true, teardown: 'created' });
});

it('refuses what is not a plan, and no retry would help', async () => {
  await expect(resolve({ lane: 'nowhere' })).rejects.toMatchObject({ type: 'InvalidPlan', retryable: false });
});
