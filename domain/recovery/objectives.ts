/** Computes what a recovery lost and how long it took, and judges both. */
import { type Check, check, type CheckName } from '../run/checks.js';
import type { Objectives } from '../plan/plan.js';
import { type HumanWait, humanMsIn } from './human-waits.js';
import type { AcknowledgedWrite, RecoveryPoint, RecoveryTime } from '../report/report.js';
import { countOf, describeSeconds } from '../units.js';

export interface RecoveryInterval {
  readonly from: RecoveryTime['from'];
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601: the end of the first operation that the target served. */
  readonly servedAt: string;
  /** The waits, in any order; each moment within the interval counts once. */
  readonly humanWaits: readonly HumanWait[];
}

/** A target that holds more than the source had acknowledged has lost nothing. */
export const recoveryPoint = (
  lastAcknowledged: AcknowledgedWrite,
  lastRecovered: AcknowledgedWrite,
): RecoveryPoint => ({
  seconds: secondsOf(Math.max(0, Date.parse(lastAcknowledged.at) - Date.parse(lastRecovered.at))),
  lostWrites: Math.max(0, lastAcknowledged.sequence - lastRecovered.sequence),
  lastAcknowledged,
  lastRecovered,
});

export const recoveryTime = ({ from, startedAt, servedAt, humanWaits }: RecoveryInterval): RecoveryTime => {
  const start = Date.parse(startedAt);
  const end = Math.max(start, Date.parse(servedAt));
  const total = end - start;
  const interval = { from: startedAt, to: servedAt };
  const human = humanMsIn(humanWaits, interval);
  const approval = humanMsIn(
    humanWaits.filter(({ kind }) => kind === 'approval'),
    interval,
  );
  return {
    totalSeconds: secondsOf(total),
    machineSeconds: secondsOf(total - human),
    humanWaitSeconds: secondsOf(human),
    ifApprovedAtOnceSeconds: secondsOf(total - approval),
    from,
    startedAt,
    servedAt,
  };
};

/**
 * The check `rpo-objective`; undefined without an objective. An objective that was not measured is not met. Loss that was added
 * while people decided counts only if the plan says so.
 *
 * @param revert the drill gives its clients back: they lose nothing, a failover would.
 */
export const checkRpo = (
  rpo: RecoveryPoint | undefined,
  { rpoSeconds, countDeciding = false }: Objectives,
  revert: boolean,
): Check | undefined => {
  const lost = revert ? 'would have been lost in a failover' : 'lost';
  const counted = countDeciding ? ', what grew while people decided included' : '';
  return checkObjective(
    'rpo-objective',
    rpoSeconds,
    (limit) => `at most ${limit} of acknowledged writes ${lost}${counted}`,
    rpo && { seconds: judgedLoss(rpo, countDeciding), observed: `${describeLoss(rpo)} ${lost}` },
  );
};

/** The part of a loss that the objective covers, in seconds. */
export const judgedLoss = ({ seconds, whileDeciding }: RecoveryPoint, countDeciding: boolean): number =>
  countDeciding ? Math.round((seconds + (whileDeciding?.seconds ?? 0)) * 1000) / 1000 : seconds;

/** `8.2 s, 82 writes`, and the loss that was added while people decided. */
const describeLoss = ({ seconds, lostWrites, whileDeciding }: RecoveryPoint): string =>
  `${describeSeconds(seconds)}, ${countOf(lostWrites, 'write')}${
    whileDeciding === undefined ? '' : `, and ${describeSeconds(whileDeciding.seconds)} more while people decided,`
  }`;

/** The check `rto-objective` on the whole time, people's waits included; undefined without an objective. */
export const checkRto = (rto: RecoveryTime | undefined, objectiveSeconds: number | undefined): Check | undefined =>
  checkObjective(
    'rto-objective',
    objectiveSeconds,
    (limit) => `clients served by the target within ${limit}`,
    rto && {
      seconds: rto.totalSeconds,
      observed: `served after ${describeSeconds(rto.totalSeconds)}, ${describeSeconds(rto.humanWaitSeconds)} of it waiting for people`,
    },
  );

const checkObjective = (
  name: CheckName,
  limit: number | undefined,
  expected: (limit: string) => string,
  measured: { readonly seconds: number; readonly observed: string } | undefined,
): Check | undefined => {
  if (limit === undefined) return undefined;
  return check(
    name,
    measured !== undefined && measured.seconds <= limit,
    expected(describeSeconds(limit)),
    measured?.observed ?? 'not measured',
  );
};

const secondsOf = (ms: number): number => Math.round(ms) / 1000;
