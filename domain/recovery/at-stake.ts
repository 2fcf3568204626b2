/** The loss that an approval of the cutover costs clients: known before a person decides, and growing while the person does. */
import type { Objectives } from '../plan/plan.js';
import type { AcknowledgedWrite, RecoveryPoint } from '../report/report.js';
import { expectedWrites } from './while-deciding.js';

/** The stake when the drill begins to wait for a decision. The canary rests from then on. */
export interface AtStake {
  /** The newest write that the restored target has: the recovery point. */
  readonly lastRecovered: AcknowledgedWrite;
  /** The newest write that the source has acknowledged to the canary. */
  readonly lastAcknowledged: AcknowledgedWrite;
  /** The writes between the two, which any approval loses. */
  readonly seconds: number;
  readonly lostWrites: number;
  /**
   * True: the source still takes the clients' writes, so every second adds to the loss. False: the source is lost, and waiting
   * adds nothing.
   */
  readonly growing: boolean;
  /** The plan's objective for the loss; absent if the plan has none. */
  readonly objective?: { readonly rpoSeconds: number; readonly countDeciding: boolean };
}

/** The loss of an approval at one moment. Seconds and writes describe the same span. */
export interface LossIfApproved {
  readonly seconds: number;
  readonly writes: number;
  /** True: some of the writes are estimated, at the rate at which the canary wrote before it rested. */
  readonly estimated: boolean;
  /**
   * The plan's judgment, which leaves out the time that people take unless the plan counts it. Undefined without an objective.
   */
  readonly meetsObjective: boolean | undefined;
}

export const atStakeOf = (
  { lastRecovered, lastAcknowledged, seconds, lostWrites }: RecoveryPoint,
  { growing, objectives }: { readonly growing: boolean; readonly objectives: Objectives },
): AtStake => {
  const { rpoSeconds, countDeciding = false } = objectives;
  return {
    lastRecovered,
    lastAcknowledged,
    seconds,
    lostWrites,
    growing,
    ...(rpoSeconds === undefined ? {} : { objective: { rpoSeconds, countDeciding } }),
  };
};

/** @param nowMs the moment of the approval, in milliseconds since the epoch. */
export const lossIfApproved = (stake: AtStake, nowMs: number): LossIfApproved => {
  const { lastAcknowledged, seconds, lostWrites, growing, objective } = stake;
  const grownSeconds = growing ? Math.max(0, nowMs - Date.parse(lastAcknowledged.at)) / 1000 : 0;
  const expected = expectedWrites(stake, grownSeconds);
  const total = Math.round((seconds + grownSeconds) * 1000) / 1000;
  const judged = objective?.countDeciding === true ? total : seconds;
  return {
    seconds: total,
    writes: lostWrites + expected,
    estimated: expected > 0,
    meetsObjective: objective === undefined ? undefined : judged <= objective.rpoSeconds,
  };
};
