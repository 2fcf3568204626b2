/** The types of a drill's plan. They are inferred from {@link resolvedPlan}, which workflow code must not load. */
import type { z } from 'zod';
import type { Immutable } from './immutable.js';
import type { ComposeLaneOptions } from './kinds/compose.js';
import type { BreakGlass, K3dLaneOptions } from './kinds/k3d.js';
import { laneKinds } from './kinds/kinds.js';
import type { LocalLaneOptions } from './kinds/local.js';
import type { resolvedPlan } from './resolved-plan.js';

export { defaultLane, kindOfLane, type LaneKind, laneKinds } from './kinds/kinds.js';
export type { ComposeLaneOptions } from './kinds/compose.js';
export { type AdoptablePart, adoptableParts, type BreakGlass, type K3dLaneOptions } from './kinds/k3d.js';
export type { LocalLaneOptions, LocalPorts } from './kinds/local.js';

/** A drill's plan with every default filled in: the workflow works from it, and the report repeats it. */
export type DrillPlan = Immutable<z.infer<typeof resolvedPlan>>;
export type ApprovalPolicy = DrillPlan['approval'];
export type Disaster = DrillPlan['disaster'];
export type Objectives = DrillPlan['objectives'];
export type CutoverPlan = DrillPlan['cutover'];
export type CutoverWay = CutoverPlan['way'];
export type Patience = NonNullable<DrillPlan['patience']>;

/** Options under the name of the lane's kind, and no others. */
export interface LaneOptions {
  readonly local?: LocalLaneOptions | undefined;
  readonly k3d?: K3dLaneOptions | undefined;
  readonly compose?: ComposeLaneOptions | undefined;
}

/** A plan's section for the lane, under the name of the lane's kind. */
export const laneOptionsOf = (plan: LaneOptions): LaneOptions =>
  Object.fromEntries(laneKinds.flatMap((kind) => (plan[kind] === undefined ? [] : [[kind, plan[kind]]])));

/** The reason for which a plan has the target's operator force the restore. */
export const breakGlassOf = ({ k3d }: DrillPlan): BreakGlass | undefined => k3d?.breakGlass;
