/** The parts of a lane that are made one by one, each a step of its own that can be watched and tried again. */
import { KnownFailure } from '../known-failure.js';
import { kindOfLane, type LaneKind } from './plan.js';

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

/**
 * A part of a lane by its name, as it comes out of a history or from a command line.
 *
 * @throws KnownFailure `UnknownLanePart`: a lane of this kind has none of that name. Another version of the program may.
 */
export const parseLanePart = (lane: string, name: string): LanePart => {
  const kind = kindOfLane(lane);
  const parts = kind === undefined ? [] : kind === 'compose' ? composeParts : provisioningStages(kind).flat();
  const part = parts.find((known) => known === name);
  if (part !== undefined) return part;
  throw new KnownFailure(
    'UnknownLanePart',
    parts.length === 0
      ? `Lane ${lane} is made in one step, and has no parts: run the version of the program that asked for one`
      : `Lane ${lane} has no part of that name, only ${parts.join(', ')}: run the version of the program that asked for it`,
    { facts: { part: name } },
  );
};
