/** What a recovery lost and how long it took, and whether that is good enough. */
import { type Check, check, type CheckName } from './checks.js';
import type { AcknowledgedWrite, RecoveryPoint, RecoveryTime } from './report.js';

/** A time in which the drill waited for a person. */
export interface HumanWait {
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** For a decision, or for the clients to be moved by hand. */
  readonly kind: 'approval' | 'cutover';
}

export interface RecoveryInterval {
  readonly from: RecoveryTime['from'];
  /** ISO 8601. */
  readonly startedAt: string;
  /** ISO 8601: the end of the first operation that the target served. */
  readonly servedAt: string;
  /** In any order; only what lies within the interval counts, and that once. */
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
  const human = coveredMs(humanWaits, start, end);
  const approval = coveredMs(
    humanWaits.filter(({ kind }) => kind === 'approval'),
    start,
    end,
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

/** The check `rpo-objective`; undefined without an objective. What was not measured is not met. */
export const checkRpo = (rpo: RecoveryPoint | undefined, objectiveSeconds: number | undefined): Check | undefined =>
  checkObjective(
    'rpo-objective',
    objectiveSeconds,
    (limit) => `at most ${limit} s of acknowledged writes lost`,
    rpo && { seconds: rpo.seconds, observed: `${rpo.seconds} s lost, ${rpo.lostWrites} writes` },
  );

/** The check `rto-objective`, of the whole time, people's waits included; undefined without an objective. */
export const checkRto = (rto: RecoveryTime | undefined, objectiveSeconds: number | undefined): Check | undefined =>
  checkObjective(
    'rto-objective',
    objectiveSeconds,
    (limit) => `clients served by the target within ${limit} s`,
    rto && {
      seconds: rto.totalSeconds,
      observed: `served after ${rto.totalSeconds} s, ${rto.humanWaitSeconds} s of them waiting for people`,
    },
  );

const checkObjective = (
  name: CheckName,
  limit: number | undefined,
  expected: (limit: number) => string,
  measured: { readonly seconds: number; readonly observed: string } | undefined,
): Check | undefined => {
  if (limit === undefined) return undefined;
  return check(
    name,
    measured !== undefined && measured.seconds <= limit,
    expected(limit),
    measured?.observed ?? 'not measured',
  );
};

/** How much of the interval the waits cover: where two overlap, time passes once. */
const coveredMs = (waits: readonly HumanWait[], start: number, end: number): number => {
  const inside = waits
    .map(({ from, to }) => ({ from: Math.max(start, Date.parse(from)), to: Math.min(end, Date.parse(to)) }))
    .sort((a, b) => a.from - b.from);
  let covered = 0;
  let until = start;
  for (const { from, to } of inside) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered;
};

const secondsOf = (ms: number): number => Math.round(ms) / 1000;
