/** Every kind of lane, a line each. Whatever depends on the kind asks this table, and no other file knows a kind's folder. */
import { KnownFailure } from '../../domain/known-failure.js';
import type { LaneKind } from '../../domain/plan/plan.js';
import type { Environment } from '../../systems/tools/index.js';
import { composeKind } from './compose/kind.js';
import { k3dKind } from './k3d/kind.js';
import type { LaneKindModule } from './kind.js';
import { localKind } from './local/kind.js';

/** What each kind is called, and its module. */
export type LaneKinds = Readonly<Record<string, LaneKindModule>>;

const modules: Readonly<Record<LaneKind, LaneKindModule>> = {
  local: localKind,
  compose: composeKind,
  k3d: k3dKind,
};

/** @throws KnownFailure `UnknownLaneKind`: the lane's name starts with no known kind. */
export const kindModuleOf = (lane: string, kinds: LaneKinds = modules): LaneKindModule => {
  const known = Object.entries(kinds).find(([kind]) => lane === kind || lane.startsWith(`${kind}-`));
  if (known !== undefined) return known[1];
  throw new KnownFailure(
    'UnknownLaneKind',
    `Lane ${JSON.stringify(lane)} is of no kind this version has: names start with ${Object.keys(kinds).join(', ')}.`,
  );
};

/**
 * What would keep a lane of any kind from being built is said where a worker starts, not in the midst of a run.
 *
 * @throws KnownFailure `InvalidAllowance`.
 */
export const assertLaneSettings = (environment: Environment): void => {
  for (const kind of Object.values(modules)) kind.assertSettings?.(environment);
};
