/** The parts of a lane that are made one by one, each a step of its own that can be watched and tried again. */
import type { LaneKind } from './plan.js';

const stages = {
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
} as const satisfies Readonly<Record<LaneKind, readonly (readonly string[])[]>>;

/** Parts that no step of a drill makes: whoever makes the containers of a compose lane has them made in between, in this order. */
export const composeParts = ['materials', 'transit', 'pair'] as const;
export type ComposePart = (typeof composeParts)[number];

/** One thing that is made or adopted on the way to a lane, at the same time as the others of its stage. */
export type LanePart = (typeof stages)[LaneKind][number][number] | ComposePart;

/** Stages one after another; what is in one stage is made side by side. */
export const provisioningStages = (kind: LaneKind): readonly (readonly LanePart[])[] => stages[kind];
