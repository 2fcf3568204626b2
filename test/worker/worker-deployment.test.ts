import { expect, it } from 'vitest';
import { workerDeploymentIn } from '../../worker/worker-deployment.js';

const name = { TEMPORAL_DEPLOYMENT_NAME: 'openbao-dr/worker' };
const build = { TEMPORAL_WORKER_BUILD_ID: '0.1.0-abc' };

it('is told by the environment, or there is none', () => {
  expect(workerDeploymentIn({ ...name, ...build })).toEqual({
    deploymentName: 'openbao-dr/worker',
    buildId: '0.1.0-abc',
  });
  expect(workerDeploymentIn({})).toBeUndefined();
  expect(workerDeploymentIn({ TEMPORAL_DEPLOYMENT_NAME: '', TEMPORAL_WORKER_BUILD_ID: '' })).toBeUndefined();
});

it('is refused by halves', () => {
  expect(() => workerDeploymentIn(name)).toThrow(/takes both/);
  expect(() => workerDeploymentIn(build)).toThrow(/takes both/);
});
