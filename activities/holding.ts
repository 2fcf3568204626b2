import { activityInfo } from '@temporalio/activity';
import type { LaneRun } from './ports/lane.js';
import type { LaneReservations } from './ports/reservations.js';

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

/** The run that a step belongs to, for whatever asks whether it has a lane. */
export const thisRun = (drillId: string): LaneRun => ({
  drillId,
  runId: activityInfo().workflowExecution?.runId,
});
