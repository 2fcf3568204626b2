/** What a k3d lane is made with. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { K3dLaneOptions, LaneOptions } from '../../domain/plan.js';

export const operatorChart = 'oci://ghcr.io/dc-tec/charts/openbao-operator';

export const optionsOf = ({ k3d }: LaneOptions): K3dLaneOptions => {
  if (k3d !== undefined) return k3d;
  throw new KnownFailure('LaneOptionsMissing', 'A lane of kind k3d is asked for without its options');
};
