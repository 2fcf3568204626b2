import type { ClusterPermissions } from '../../domain/pair/permissions.js';
import type { PairSide, Topology } from '../../domain/pair/topology.js';
import type { CutoverPlan, DrillPlan, LaneKind, LaneOptions } from '../../domain/plan/plan.js';
import type { LanePart } from '../../domain/plan/provisioning.js';

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

export interface TeardownOptions {
  /**
   * Where the lane lived in something of somebody else's that is gone, forget what it made there, having said what that is.
   * Default: false, which fails there and removes nothing.
   */
  readonly forgetMissing?: boolean;
}

/** What of a plan decides what a drill does to its lane. */
export type LanePlan = Pick<DrillPlan, 'disaster' | 'cutover'>;

/** A move of the clients, as its lane remembers it: enough to move them back when the run that moved them is gone. */
export interface ClientsMove {
  /** The run that moves them. */
  readonly drillId: string;
  readonly runId?: string;
  readonly to: PairSide;
  readonly cutover: CutoverPlan;
}

export interface Fenced {
  /** ISO 8601: nothing passed the site's edge from then on. */
  readonly fencedAt: string;
}

export interface Lost {
  /** ISO 8601, right before the site's server was killed. */
  readonly lostAt: string;
  /** How it ended, as a clause, where a lane cannot always end it in the same way. */
  readonly how?: string;
}

/** Whom the target reaches, as it was tried from inside it. */
export interface ObservedIsolation {
  readonly isolated: boolean;
  /** One clause each, for a check. */
  readonly expected: string;
  readonly observed: string;
}

/** Where a recovery pair lives: how it comes to life, what a drill may do to it, and how it goes away. */
export interface Lane {
  readonly name: string;
  readonly kind: LaneKind;
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
  /**
   * Makes one part of those that `provisioningStages` of domain/plan/provisioning.ts lists for the lane's kind, in its order; {@link provision} comes last and
   * finds them made. Safe to repeat.
   *
   * @throws KnownFailure naming what is wrong with it, as its own objects say.
   */
  provisionPart(part: LanePart, request: ProvisionRequest, progress: Progress, signal?: AbortSignal): Promise<void>;
  /**
   * Of lanes in clusters: what their API servers have to allow whoever runs the drill, besides what backing up and restoring
   * takes. Changes nothing.
   *
   * @param plan Default: whatever a plan can ask for.
   */
  neededAccess?(plan?: LanePlan): Promise<readonly ClusterPermissions[]>;
  /** Who created the lane, as in {@link ProvisionRequest.owner}; undefined when there is none. */
  createdBy(): Promise<string | undefined>;
  /** Ends and starts one side's server again, as an operator would a node that sealed itself. */
  restartSite(side: PairSide, signal?: AbortSignal): Promise<void>;
  /**
   * Marks that the target's own data is about to be replaced: from now on it is not fresh. Once aborted it changes nothing.
   *
   * @throws KnownFailure `TargetServesClients`: what they use must not be replaced.
   */
  markTargetUsed(drillId: string, signal?: AbortSignal): Promise<void>;
  /**
   * Moves what stands behind the clients' name. Returns once the change is written; see it with a client. Once aborted it
   * changes nothing.
   */
  pointClientsAt(side: PairSide, signal?: AbortSignal): Promise<void>;
  /**
   * Begins a move of the clients: remembers who moves them and how, and answers the move's fencing counter, which is larger than
   * that of every move of the lane before. Once aborted it changes nothing.
   */
  beginMove(move: ClientsMove, signal?: AbortSignal): Promise<number>;
  /** Remembers that somebody else has moved the clients, and moves nothing. Once aborted it changes nothing. */
  noteClientsAt(side: PairSide, signal?: AbortSignal): Promise<void>;
  /**
   * Shuts a site's own edge: it refuses every connection from now on, and those that are open are cut. Clients are not
   * moved. Safe to repeat: the first time is answered again.
   */
  fence(side: PairSide, signal?: AbortSignal): Promise<Fenced>;
  /** Opens the site's edge again; that of a lost site stays shut until the site is recovered. Safe to repeat. */
  liftFence(side: PairSide, signal?: AbortSignal): Promise<void>;
  /**
   * A disaster: the site's server dies without a chance to say goodbye, then its edge is shut. Its data stays. Safe to
   * repeat: the first time is answered again.
   */
  loseSite(side: PairSide, signal?: AbortSignal): Promise<Lost>;
  /** Starts a lost site again, waits until it is unsealed, and lifts its fence. Safe to repeat. */
  recoverSite(side: PairSide, signal?: AbortSignal): Promise<void>;
  /** Of lanes that can: tries from inside the target whom it reaches. Only Transit and the bucket may answer. */
  observeIsolation?(signal?: AbortSignal): Promise<ObservedIsolation>;
  /**
   * Of lanes that can: writes what each server has printed to `<folder>/<server>.log`. Answers the files; one whose output cannot
   * be had is left out.
   */
  saveLogs?(folder: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Of lanes that can: the last lines that a side's server has logged. */
  readLog?(side: PairSide, signal?: AbortSignal): Promise<string>;
  /**
   * Ends source, target and the edges before them, and removes their data. What signs a report and keeps snapshots stays.
   * Safe to repeat.
   *
   * @throws KnownFailure `TargetServesClients`: clients may use the target.
   */
  teardownPair(progress: Progress, signal?: AbortSignal): Promise<void>;
  /** Ends the lane's own processes and removes what it made. Safe to repeat. */
  teardown(progress: Progress, signal?: AbortSignal, options?: TeardownOptions): Promise<void>;
}

export interface Lanes {
  /**
   * @param assertHeld asked under the lane's lock before each change, which its failure prevents. Default: the caller holds the lane
   *   by other means.
   * @throws KnownFailure `UnknownLaneKind`.
   */
  open(name: string, assertHeld?: () => Promise<void>): Lane;
}
