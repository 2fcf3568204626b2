import { activityInfo } from '@temporalio/activity';
import type { Lane } from './ports/lane.js';
import type { LaneReservations } from './ports/reservations.js';
import type { Lanes } from './ports/lane.js';

/** In the input of a step that changes something: which lane, and for which drill. */
export interface HeldLane {
  readonly lane: string;
  readonly drillId: string;
}

type OfLane = HeldLane | { readonly topology: { readonly lane: string }; readonly drillId: string };

/** What a step takes once it is registered: its own input, and the lane where that does not name it. */
export type Held<Input> = Input extends OfLane ? Input : Input & HeldLane;

/**
 * Lets a step begin only for the drill that has the lane, on a worker that has the lane's state folder. Every step that changes
 * something of a pair is registered through this, so that none can forget to ask.
 *
 * @throws KnownFailure `LaneElsewhere` or `RunWasReset`, before the step has done anything.
 */
export const holding =
  ({ reservations }: { readonly reservations: Pick<LaneReservations, 'assertHeld'> }) =>
  <Input, Result>(step: (input: Input) => Promise<Result>) =>
  async (input: Held<Input>): Promise<Result> => {
    const of = input;
    // A run that came out of a reset says what the first one said of itself: the drill's id is no proof.
    const { runId } = activityInfo().workflowExecution ?? {};
    await reservations.assertHeld('lane' in of ? of.lane : of.topology.lane, of.drillId, runId);
    return step(input);
  };

interface HeldLanePorts {
  readonly lanes: Lanes;
  readonly reservations: Pick<LaneReservations, 'assertHeld'>;
}

/**
 * The lane, for a step whose run has it. The lane asks again under its own lock before each change: the step may have waited for
 * that lock, or stood still, for so long that its run has ended and another has taken the lane meanwhile.
 *
 * @throws KnownFailure `LaneElsewhere` or `RunWasReset`; so do the changes of the lane.
 */
export const heldLane = async ({ lanes, reservations }: HeldLanePorts, { lane, drillId }: HeldLane): Promise<Lane> => {
  const { runId } = activityInfo().workflowExecution ?? {};
  const assertHeld = () => reservations.assertHeld(lane, drillId, runId);
  await assertHeld();
  return lanes.open(lane, assertHeld);
};
