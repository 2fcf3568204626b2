/** What a k3d lane is made with. */
import { KnownFailure } from '../../../domain/known-failure.js';
import type { K3dLaneOptions, LaneOptions } from '../../../domain/plan/plan.js';

export const operatorChart = 'oci://ghcr.io/dc-tec/charts/openbao-operator';

/**
 * What a plan says of drills on the lane is left out: the lane is the same without.
 *
 * @throws KnownFailure `NothingToAdopt`: parts are to be adopted in clusters that the lane makes itself.
 */
export const optionsOf = ({ k3d }: LaneOptions): K3dLaneOptions => {
  if (k3d !== undefined) {
    const options: K3dLaneOptions & { breakGlass?: unknown } = { ...k3d };
    delete options.breakGlass;
    const [part] = options.adopt.filter((name) => name !== 'clusters');
    if (part === undefined || options.adopt.includes('clusters')) return options;
    throw new KnownFailure(
      'NothingToAdopt',
      `The plan adopts the ${part} and not the clusters, and there is none in clusters that the lane has yet to make: add "clusters" to "adopt", or leave "${part}" out`,
    );
  }
  throw new KnownFailure('LaneOptionsMissing', 'A lane of kind k3d is asked for without its options');
};
