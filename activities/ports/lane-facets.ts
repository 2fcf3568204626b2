/** What can be done to a lane, an ability each. Once its signal is aborted, no change is made. */
import type { ClusterPermissions } from '../../domain/pair/permissions.js';
import type { PairSide } from '../../domain/pair/topology.js';
import type { CutoverPlan, DrillPlan } from '../../domain/plan/plan.js';
import type { Progress, ProvisionRequest } from './provisioning.js';

export interface Fenced {
  /** ISO 8601: nothing passed the site's edge from then on. */
  readonly fencedAt: string;
}

/** Each site's own edge. */
export interface Edges {
  /**
   * Shuts a site's own edge: it refuses every connection from now on, and those that are open are cut. Clients are not
   * moved. Safe to repeat: the first time is answered again.
   */
  fence(side: PairSide, signal?: AbortSignal): Promise<Fenced>;
  /**
   * Present where a fence ends the edge: starts that of a fenced site anew, still shut, so that lifting the fence does not have
   * to. Does not wait for it. Safe to repeat.
   */
  standBy?(side: PairSide, signal?: AbortSignal): Promise<void>;
  /** Opens the site's edge again; that of a lost site stays shut until the site is recovered. Safe to repeat. */
  liftFence(side: PairSide, signal?: AbortSignal): Promise<void>;
}

/** A move of the clients, as its lane remembers it: enough to move them back when the run that moved them is gone. */
export interface ClientsMove {
  /** The run that moves them. */
  readonly drillId: string;
  readonly runId?: string;
  readonly to: PairSide;
  readonly cutover: CutoverPlan;
}

/** What stands behind the clients' name. */
export interface Clients {
  /**
   * Begins a move of the clients: remembers who moves them and how, and answers the move's fencing counter, which is larger than
   * that of every move of the lane before.
   */
  beginMove(move: ClientsMove, signal?: AbortSignal): Promise<number>;
  /** Moves what stands behind the clients' name. Returns once the change is written; see it with a client. */
  pointAt(side: PairSide, signal?: AbortSignal): Promise<void>;
  /** Remembers that something else has moved the clients, and moves nothing. */
  noteAt(side: PairSide, signal?: AbortSignal): Promise<void>;
}

/** Guards what a restore replaces. */
export interface Target {
  /**
   * Marks that the target's own data is about to be replaced: from now on it is not fresh.
   *
   * @throws KnownFailure `TargetServesClients`: what they use must not be replaced.
   */
  markUsed(drillId: string, signal?: AbortSignal): Promise<void>;
}

export interface Parts {
  /**
   * Makes one part of those that `provisioningStages` of domain/plan/provisioning.ts lists for the lane's kind, in its order; to
   * provision the lane comes last and finds them made. Safe to repeat.
   *
   * @throws KnownFailure `UnknownLanePart`: the kind has none of that name; or naming what is wrong with it, as its own objects say.
   */
  make(part: string, request: ProvisionRequest, progress: Progress, signal?: AbortSignal): Promise<void>;
}

export interface Lost {
  /** ISO 8601, right before the site's server was killed. */
  readonly lostAt: string;
  /** How it ended, as a clause, where a lane cannot always end it in the same way. */
  readonly how?: string;
}

/** Each side's server. */
export interface Servers {
  /** Ends and starts one side's server again, as an administrator would a node that sealed itself. */
  restart(side: PairSide, signal?: AbortSignal): Promise<void>;
  /**
   * A disaster: the site's server dies without a chance to say goodbye, then its edge is shut. Its data stays. Safe to
   * repeat: the first time is answered again.
   */
  lose(side: PairSide, signal?: AbortSignal): Promise<Lost>;
  /** Starts a lost site again, waits until it is unsealed, and lifts its fence. Safe to repeat. */
  recover(side: PairSide, signal?: AbortSignal): Promise<void>;
}

/** Whom the target reaches, as it was tried from inside it. */
export interface ObservedIsolation {
  readonly isolated: boolean;
  /** One clause each, for a check. */
  readonly expected: string;
  readonly observed: string;
}

/** What of a plan decides what a drill does to its lane. */
export type LanePlan = Pick<DrillPlan, 'disaster' | 'cutover'>;

/** Changes nothing. */
export interface Insight {
  /** Tries from inside the target whom it reaches. Only Transit and the bucket may answer. */
  observeIsolation?(signal?: AbortSignal): Promise<ObservedIsolation>;
  /**
   * Writes what each server has printed to `<folder>/<server>.log`. Answers the files; one whose output cannot be had is left
   * out.
   */
  saveLogs?(folder: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** The last lines that a side's server has logged. */
  readLog?(side: PairSide, signal?: AbortSignal): Promise<string>;
  /**
   * The rights that the API servers of a lane in clusters have to grant to a drill, besides those that backup and restore take.
   *
   * @param plan Default: whatever a plan can ask for.
   */
  neededAccess?(plan?: LanePlan): Promise<readonly ClusterPermissions[]>;
}

export interface TeardownOptions {
  /**
   * If an adopted cluster that held parts of the lane is gone, the teardown reports what the lane made there and forgets it.
   * Default: false, which fails there and removes nothing.
   */
  readonly forgetMissing?: boolean;
}

export interface Disposal {
  /** Who created the lane, as in {@link ProvisionRequest.owner}; undefined when there is none. */
  createdBy(): Promise<string | undefined>;
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
