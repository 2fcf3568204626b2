/** Renders the state in which a drill has left its pair: what is shut since when, and whether clients have service. */
import type { LaneWorld } from '../../../infra/lanes/lane-world.js';
import { isShut, pairSides } from '../../../infra/lanes/made/record/lane-sides.js';

/** One sentence each, the worst last. */
export const renderWorld = (world: LaneWorld): readonly string[] => {
  const { clientsAt } = world;
  return [
    ...renderSides(world),
    isShut(world, clientsAt)
      ? `Clients have no service: their name points at the ${clientsAt}.`
      : `Clients are served by the ${clientsAt}.`,
  ];
};

/** The state of the two sides, without the clients. */
export const renderSides = ({ fenced, lost, targetUsedBy }: LaneWorld): readonly string[] => {
  const shut = pairSides.flatMap((side) => {
    if (lost?.[side] !== undefined) return [`The ${side} is lost since ${lost[side]}.`];
    return fenced?.[side] === undefined ? [] : [`The ${side} is fenced since ${fenced[side]}.`];
  });
  return [...(targetUsedBy === undefined ? [] : [`The target holds what drill ${targetUsedBy} restored.`]), ...shut];
};
