/** The drill that has a lane to itself. */
export interface LaneHolder {
  readonly drillId: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly namespace: string;
  /** Identity of the Temporal cluster that runs it: only that one can tell whether it still runs. */
  readonly temporalClusterId: string;
}

/** Keeps each lane to one drill at a time, whatever its workflow id. */
export interface LaneReservations {
  /**
   * @throws KnownFailure `LaneBusy`: another drill that still runs has the lane.
   */
  reserve(lane: string, holder: LaneHolder): Promise<void>;
  /**
   * Makes sure that the lane this drill has reserved is the one on this machine: steps of a drill must not land on a worker
   * with another state folder.
   *
   * @param runId of the workflow that asks; default: whichever run has the drill's id.
   * @throws KnownFailure `LaneElsewhere` (a retry may help, on another worker).
   * @throws KnownFailure `RunWasReset`: another run of the same drill has reserved it.
   */
  assertHeld(lane: string, drillId: string, runId?: string): Promise<void>;
  /** Does nothing when the lane is not this holder's. */
  release(lane: string, holder: LaneHolder): Promise<void>;
}
