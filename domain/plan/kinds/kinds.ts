/** The kinds of lane that a plan can name, a line each: what a kind is called, its options, and the stages in which it is made. */
import type { PlanFields } from '../plan-fields.js';
import { compose } from './compose.js';
import { k3d } from './k3d.js';
import { local } from './local.js';

export const kinds = { local, k3d, compose } as const;

/** A lane's name is its kind, or its kind, a dash and a word: `local-blue`. */
export type LaneKind = keyof typeof kinds;
export const laneKinds = Object.keys(kinds) as readonly LaneKind[];

/** The lane that is meant where none is named. */
export const defaultLane: LaneKind = 'local';

/** `local-blue` is a lane of kind `local`; undefined if the name starts with no known kind. */
export const kindOfLane = (lane: string): LaneKind | undefined =>
  laneKinds.find((kind) => lane === kind || lane.startsWith(`${kind}-`));

type Sections = { readonly [Kind in LaneKind]: ReturnType<(typeof kinds)[Kind]['section']> };

/** The section that a plan can have for each kind, under the kind's name. */
export const sectionsWith = (fields: PlanFields): Sections =>
  Object.fromEntries(laneKinds.map((kind) => [kind, kinds[kind].section(fields)])) as Sections;
