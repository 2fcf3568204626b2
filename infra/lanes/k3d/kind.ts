import type { K3dLaneOptions, LaneOptions } from '../../../domain/plan/plan.js';
import type { LaneKindModule } from '../kind.js';
import { allowancesIn } from './allowances/allowances.js';
import { examineK3d, k3dLaneTools } from './doctor/examine.js';
import { createK3dLane, k3dLanePorts, lastTopology } from './k3d-lane.js';
import { laneImages } from './machine/images.js';
import { loadIntoClusters } from './machine/load-into-clusters.js';

/** Kubernetes clusters that k3d makes, or that are adopted. */
export const k3dKind: LaneKindModule = {
  open: createK3dLane,
  assertSettings: (environment) => void allowancesIn(environment),
  readTopology: lastTopology,
  takenPorts: k3dLanePorts,
  tools: (options) => k3dLaneTools(own(options)),
  examine: (options, { environment, tools }) => examineK3d({ options: own(options), environment, tools }),
  images: async (options) => laneImages(own(options)),
  loadImages: (options, loader) => loadIntoClusters(own(options), loader),
};

const own = ({ k3d }: LaneOptions): K3dLaneOptions => {
  if (k3d === undefined) throw new Error('The plan of a k3d lane was resolved without its options');
  return k3d;
};
