import type { LaneOptions } from '../../domain/plan/plan.js';
import type { Clients, Disposal, Edges, Insight, Parts, Servers, Target } from './lane-facets.js';
import type { Progress, ProvisionedLane, ProvisionRequest } from './provisioning.js';

/**
 * Where a recovery pair lives: how it comes to life, what a drill may do to it, and how it goes away. A lane that cannot do what a
 * facet is for does not have the facet.
 */
export interface Lane {
  readonly name: string;
  readonly kind: string;
  /**
   * Of lanes that need more of this machine than programs that can be installed: sees that it is there, and makes nothing.
   *
   * @throws KnownFailure naming what is missing, and the way out of it.
   */
  assertPossible?(options: LaneOptions, signal?: AbortSignal): Promise<void>;
  /**
   * Builds what is missing, starts what does not run, adopts what does. Sites that a dead drill left lost or fenced serve
   * again; only a source whose clients are on the target stays fenced. Safe to repeat.
   *
   * @throws KnownFailure naming what could not be built.
   */
  provision(request: ProvisionRequest, progress: Progress, signal?: AbortSignal): Promise<ProvisionedLane>;
  readonly edges: Edges;
  readonly clients: Clients;
  readonly target: Target;
  /** Present where a lane is made part by part. */
  readonly parts?: Parts;
  /** Present where this program can end and start a side's server. */
  readonly servers?: Servers;
  /** Present where a lane can say more of itself than its topology does. */
  readonly insight?: Insight;
  /** Present where this program may remove what it made. */
  readonly disposal?: Disposal;
}

/** The run that a step belongs to. */
export interface LaneRun {
  readonly drillId: string;
  /** Default: whichever run has the drill's id. */
  readonly runId: string | undefined;
}

/** A lane for who only looks at it. */
export type LaneInView = Pick<Lane, 'name' | 'kind' | 'insight'>;

export interface Lanes {
  /**
   * The only way to a lane for a step that changes it: to have it is the proof that the run has the lane. The lane asks again under its
   * own lock before each change: the step may have waited for that lock, or stood still, for so long that its run has ended and another
   * has taken the lane meanwhile.
   *
   * @throws KnownFailure `LaneElsewhere` or `RunWasReset`; so do the changes of the lane. `UnknownLaneKind`.
   */
  held(lane: string, run: LaneRun): Promise<Lane>;
  /** @throws KnownFailure `UnknownLaneKind`. */
  look(lane: string): LaneInView;
}
