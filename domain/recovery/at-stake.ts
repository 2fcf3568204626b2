/** What clients lose if the cutover is approved: known before a person decides, and growing while the person does. */
import type { Objectives } from '../plan/plan.js';
import type { AcknowledgedWrite, RecoveryPoint } from '../report/report.js';
import { expectedWrites } from './while-deciding.js';

/** What is known when the drill begins to wait for a decision. The drill's own client rests from then on. */
export interface AtStake {
  /** The newest write that the restored target has: the recovery point. */
  readonly lastRecovered: AcknowledgedWrite;
  /** The newest write that the source has acknowledged to the drill's client. */
  readonly lastAcknowledged: AcknowledgedWrite;
  /** Counted from one to the other: lost whenever the cutover is approved. */
  readonly seconds: number;
  readonly lostWrites: number;
  /** The source still takes the clients' writes, so every second adds to the loss. False: the source is lost, waiting adds nothing. */
  readonly growing: boolean;
  /** What the plan judges the loss by; absent without an objective. */
  readonly objective?: { readonly rpoSeconds: number; readonly countDeciding: boolean };
}

/** What an approval at one moment loses. Seconds and writes describe the same span. */
export interface LossIfApproved {
  readonly seconds: number;
  readonly writes: number;
  /** Some of the writes are not counted but expected: at the rate that the drill's client wrote before it rested. */
  readonly estimated: boolean;
  /** As the plan judges: without the time that people take, unless it counts that. Undefined without an objective. */
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

/** @param nowMs milliseconds since the epoch: when the approval would come. */
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
