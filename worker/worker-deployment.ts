/** The version that this worker's deployment has set, in the variables of Temporal's Worker Controller. */
import { KnownFailure } from '../domain/known-failure.js';

/** Temporal keeps a drill on the version that it began with. */
export interface WorkerDeployment {
  readonly deploymentName: string;
  readonly buildId: string;
}

/**
 * Reads `TEMPORAL_DEPLOYMENT_NAME` and `TEMPORAL_WORKER_BUILD_ID`; undefined where neither is set: any worker then goes on with
 * any drill.
 *
 * @throws KnownFailure `InvalidDeployment`: one without the other.
 */
export const workerDeploymentIn = (
  environment: Readonly<Record<string, string | undefined>>,
): WorkerDeployment | undefined => {
  const { TEMPORAL_DEPLOYMENT_NAME: deploymentName = '', TEMPORAL_WORKER_BUILD_ID: buildId = '' } = environment;
  if (deploymentName === '' && buildId === '') return undefined;
  if (deploymentName !== '' && buildId !== '') return { deploymentName, buildId };
  throw new KnownFailure(
    'InvalidDeployment',
    'Only one of TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID is set: a version of a worker takes both.',
  );
};
