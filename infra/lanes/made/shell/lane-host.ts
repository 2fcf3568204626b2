import type { TeardownOptions } from '../../../../activities/ports/lane-facets.js';
import type { Progress, ProvisionRequest } from '../../../../activities/ports/provisioning.js';
import type { PairSide, Topology } from '../../../../domain/pair/topology.js';
import type { AskedPair } from '../clients-name.js';
import type { SidesOfLane } from '../record/lane-sides.js';

/** What every lane that this program makes remembers, whatever it is made of. */
export interface MadeRecord extends SidesOfLane {
  /** A drill's id, or `up`. */
  readonly createdBy: string;
}

/** One change of a lane. */
export interface Change<Record> {
  /** As the holder of the lane's lock has just read it. */
  readonly record: Record;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * The verbs in which lanes differ that this program makes. All are called under the lane's lock, for the run that has the lane,
 * and each is safe to repeat after it was cut short anywhere.
 */
export interface LaneHost<Record extends MadeRecord, Context> {
  /** What the verbs have at hand, for one change. */
  open(change: Change<Record>): Promise<Context>;
  /** Builds what is missing of the lane, or adopts it. */
  build(request: ProvisionRequest, progress: Progress, signal: AbortSignal): Promise<Topology>;
  /** Where to ask who answers to the clients' name; undefined where the pair was never built to its end. */
  askedPair(record: Record): Promise<AskedPair | undefined>;

  /**
   * Ends a side's edge and whatever passes through it. Nothing passes from its return on, whatever else happens: the fence is
   * on record only then.
   */
  cutEdge(context: Context, side: PairSide): Promise<void>;
  /**
   * Starts what refuses for an edge that was cut, where its address would otherwise be met by silence, which proves nothing. Default:
   * the machine refuses.
   */
  refuse?(context: Context, side: PairSide): Promise<void>;
  /** Sees that the edge of a side whose fence or loss is on record refuses. Default: nothing has to be there that refuses. */
  keepShut?(context: Context, side: PairSide): Promise<void>;
  /** Has a side's edge stand by, still shut, and does not wait for it: so that it opens sooner. Default: it would not. */
  standBy?(context: Context, side: PairSide): Promise<void>;
  /** Opens a side's edge, and returns once it lets its server answer. */
  openEdge(context: Context, side: PairSide): Promise<void>;
  /** Turns the clients' edge. The record says so already. */
  pointClients(context: Context, side: PairSide): Promise<void>;

  /** Ends a side's server in good order and starts it; sealed or not. */
  restart(context: Context, side: PairSide): Promise<void>;
  /** Starts a side's server, and returns once it is unsealed, as far as can be seen while its edge is shut. */
  start(context: Context, side: PairSide): Promise<void>;
  /** Returns once a server serves that could not be looked at while its edge was shut. */
  serves?(context: Context, side: PairSide): Promise<void>;
  /**
   * Kills a side's server.
   *
   * @param beforeTheEnd called right before it ends, and waited for.
   * @returns how it ended, as a clause, where that is not always the same.
   */
  kill(context: Context, side: PairSide, beforeTheEnd: () => Promise<void>): Promise<string | undefined>;

  /** Removes source, target and the edges before them, with their data. */
  removePair(context: Context): Promise<void>;
  /** Removes whatever the lane has made, but its folder; also what is there without a record. */
  removeAll(change: Change<Record | undefined>, options: TeardownOptions): Promise<void>;
}
