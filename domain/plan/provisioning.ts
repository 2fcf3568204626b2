/** The parts of a lane that are made one by one, each a step of its own that can be watched and tried again. */
import type { ComposePart } from './kinds/compose.js';
import { kinds, type LaneKind } from './kinds/kinds.js';

/** One thing that is made or adopted on the way to a lane, at the same time as the others of its stage. */
export type LanePart = (typeof kinds)[LaneKind]['stages'][number][number] | ComposePart;

/** Stages one after another; what is in one stage is made side by side. */
export const provisioningStages = (kind: LaneKind): readonly (readonly LanePart[])[] => kinds[kind].stages;
