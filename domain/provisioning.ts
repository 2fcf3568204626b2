/** The parts of a lane that are made one by one, each a step of its own that can be watched and tried again. */
import type { LanePart } from './lane.js';
import type { LaneKind } from './plan.js';

const stages: Readonly<Record<LaneKind, readonly (readonly LanePart[])[]>> = {
  // A handful of processes, up in seconds: one step makes them all.
  local: [],
  // The same handful as containers, made by one call of Compose.
  compose: [],
  k3d: [
    ['network'],
    ['storage', 'cluster-infra', 'cluster-source', 'cluster-target'],
    ['gateway-infra', 'gateway-source', 'gateway-target', 'gateway-clients'],
    ['transit', 'operator-source', 'operator-target'],
    ['secrets-source', 'secrets-target'],
    ['openbao-source', 'openbao-target'],
  ],
};

/** Stages one after another; what is in one stage is made side by side. */
export const provisioningStages = (kind: LaneKind): readonly (readonly LanePart[])[] => stages[kind];
