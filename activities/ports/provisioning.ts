import type { Topology } from '../../domain/pair/topology.js';
import type { LaneOptions } from '../../domain/plan/plan.js';

/** Tells a person, and Temporal's heartbeat, what is going on. */
export type Progress = (message: string) => void;

export interface ProvisionRequest {
  /** Who asks: a drill's id, or `up`. A lane remembers who created it. */
  readonly owner: string;
  readonly options: LaneOptions;
  /** A target that holds restored data is built anew: a drill needs one that has never seen the source's data. */
  readonly freshTarget: boolean;
  /** A drill has the lane: a site that it has lost or fenced must not come back behind its back. Default: false. */
  readonly inUse?: boolean;
}

export interface ProvisionedLane {
  readonly topology: Topology;
}
