import type { ProvisionedLane } from '../../domain/pair/lane.js';
import { type DrillPlan, kindOfLane, type LaneOptions } from '../../domain/plan/plan.js';
import { provisioningStages } from '../../domain/plan/provisioning.js';
import type { Steps } from '../run/steps.js';

/** Makes the lane part by part, where its kind has parts, and then sees that all of it is there. */
export const provisionLane = async (
  steps: Steps,
  { lane, local, k3d, compose }: DrillPlan,
  drillId: string,
): Promise<ProvisionedLane> => {
  const options: LaneOptions = {
    ...(local && { local }),
    ...(k3d && { k3d }),
    ...(compose && { compose }),
  };
  const kind = kindOfLane(lane);
  for (const stage of kind === undefined ? [] : provisioningStages(kind)) {
    await Promise.all(stage.map((part) => steps.provisionPart({ lane, drillId, options, part })));
  }
  return steps.provisionLane({ lane, drillId, options });
};
