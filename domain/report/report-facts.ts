/** Puts a report's facts into sentences for every form of it: forms differ in looks, never in their claims. */
import type { CheckName } from '../run/checks.js';
import { exactMoment, exactPeriod } from '../moments.js';
import { judgedLoss } from '../recovery/objectives.js';
import type {
  ClientsAccount,
  ClientsMoved,
  ClientsOutage,
  ClientSpan,
  DrillReport,
  OperatorRestore,
  RecoveryPoint,
  RecoveryTime,
} from './report.js';
import type { StoreComparison } from '../snapshot/store-comparison.js';
import { countOf, describeSeconds, describeSpan } from '../units.js';

export interface ObjectiveVerdict {
  readonly verdict: 'met' | 'missed' | 'not measured' | 'none set';
  /** Like `objective 60.0 s: met`. */
  readonly sentence: string;
}

/** Whether an objective was met. The drill's own check counts; only a report without that check is compared here. */
export const judgeObjective = (report: DrillReport, which: 'rpo' | 'rto'): ObjectiveVerdict => {
  const { rpoSeconds, rtoSeconds } = report.plan.objectives;
  const objective = which === 'rpo' ? rpoSeconds : rtoSeconds;
  if (objective === undefined) return { verdict: 'none set', sentence: 'the plan sets no objective' };
  const name: CheckName = which === 'rpo' ? 'rpo-objective' : 'rto-objective';
  const outcome = report.checks.find((check) => check.name === name && check.outcome !== 'skipped')?.outcome;
  const { rpo, rto, plan } = report;
  const measured = which === 'rpo' ? rpo && judgedLoss(rpo, plan.objectives.countDeciding === true) : rto?.totalSeconds;
  const verdict =
    outcome !== undefined
      ? outcome === 'passed'
        ? 'met'
        : 'missed'
      : measured === undefined
        ? 'not measured'
        : measured <= objective
          ? 'met'
          : 'missed';
  return { verdict, sentence: `objective ${describeSeconds(objective)}: ${verdict}` };
};

/** The report's reason for leaving something out; `what` is its name in `leftOut`, or several of its names. */
export const whyAbsent = ({ leftOut, phases }: DrillReport, ...whats: readonly string[]): string => {
  const left = leftOut.find(({ what }) => whats.includes(what));
  if (left !== undefined) return left.why;
  const last = phases.find(({ outcome }) => outcome !== undefined && outcome !== 'passed');
  if (last === undefined) return 'the report does not say why';
  if (last.outcome === 'rejected') return 'the cutover was rejected';
  return last.outcome === 'expired' ? 'no person decided in time' : `the drill ended in its phase ${last.name}`;
};

/** The reason for a missing account of the clients: they were left alone, or were touched and not measured. */
export const describeNoMove = (report: DrillReport): string => {
  const touched = report.phases.some(({ name }) => name === 'cutover' || name === 'revert');
  const why = whyAbsent(report, 'cutover', ...(touched ? ['a measurement'] : []));
  return touched ? `What clients met at the cutover was not measured: ${why}` : `Clients were not moved: ${why}`;
};

/**
 * Whether the clients were still on the target when the drill ended, and so without the writes that the target lacks. A drill
 * that gave them back, or never moved them, shows the loss of a failover.
 */
const clientsStayed = ({ phases }: Pick<DrillReport, 'phases'>): boolean =>
  phases.some(({ name }) => name === 'cutover') &&
  !phases.some(({ name, outcome }) => name === 'revert' && outcome === 'passed');

/** `82 acknowledged writes would have been lost`, in the time that the achieved RPO counts. */
export const describeLostWrites = (report: DrillReport, { lostWrites }: RecoveryPoint): string =>
  `${countOf(lostWrites, 'acknowledged write')} ${lostOrNot(report, lostWrites)}`;

/** The loss that was added while people decided; undefined if there was none. */
export const describeDecidingLoss = (report: DrillReport, { whileDeciding }: RecoveryPoint): string | undefined => {
  if (whileDeciding === undefined) return undefined;
  const { seconds, estimatedWrites } = whileDeciding;
  const counted = report.plan.objectives.countDeciding === true ? 'which the plan counts, too' : 'which is not counted';
  return `${describeSeconds(seconds)} more, about ${countOf(estimatedWrites, 'write')}, while people decided, ${counted}`;
};

const lostOrNot = (report: DrillReport, count: number): string =>
  clientsStayed(report) ? (count === 1 ? 'was lost' : 'were lost') : 'would have been lost in a failover';

export const describeRecoveryPoint = (report: DrillReport, rpo: RecoveryPoint): string => {
  const { lastAcknowledged, lastRecovered } = rpo;
  const deciding = describeDecidingLoss(report, rpo);
  return (
    `${describeLostWrites(report, rpo)}: the source had acknowledged write ${lastAcknowledged.sequence} at ` +
    `${exactMoment(lastAcknowledged.at)}, the target has write ${lastRecovered.sequence} of ${exactMoment(lastRecovered.at)}` +
    (deciding === undefined ? '' : `; ${deciding}`)
  );
};

export const describeRecoveryTime = ({
  machineSeconds,
  humanWaitSeconds,
  ifApprovedAtOnceSeconds,
  from,
}: RecoveryTime): string =>
  `from the ${from === 'loss' ? 'loss of the source' : 'fence'} to the first operation that the target served: ` +
  `machine ${describeSeconds(machineSeconds)}, waiting for people ${describeSeconds(humanWaitSeconds)}; ` +
  `approved at once it would have been ${describeSeconds(ifApprovedAtOnceSeconds)}`;

const ways: Readonly<Record<ClientsMoved['way'], string>> = {
  edge: 'by the edge',
  command: "by the administrator's command",
  manual: 'by hand',
};

export const describeClientsMoved = ({
  to,
  way,
  outageMs,
  operations,
  failedOperations,
  staleReads,
  writesAfterFence,
}: ClientsMoved): string =>
  `moved to the ${to} ${ways[way]}: ${describeSeconds(outageMs / 1000)} without service, ` +
  `${failedOperations} of ${countOf(operations, 'operation')} failed, ${countOf(staleReads, 'stale read')}, ` +
  `${countOf(writesAfterFence, 'write')} after the fence`;

/** The sides that served the clients, as far as the report knows. */
export const clientSpans = ({ cutover, revert, clients }: DrillReport): readonly ClientSpan[] =>
  cutover === undefined && revert === undefined
    ? (clients?.spans ?? [])
    : [...(cutover?.spans ?? []), ...(revert?.spans ?? [])];

/** A summary, then one sentence for each outage. */
export const describeClientsAccount = ({
  touchedAt,
  operations,
  failedOperations,
  unservedMs,
  outages,
}: ClientsAccount): readonly string[] => {
  if (operations === 0) {
    return [
      `without service since ${exactMoment(touchedAt)} as far as is known: the canary made no operation since then`,
    ];
  }
  const all = `without service for ${describeSeconds(unservedMs / 1000)} in all since ${exactMoment(touchedAt)}: ${failedOperations} of ${countOf(operations, 'operation')} failed`;
  return [all, ...outages.map(describeOutage)];
};

const describeOutage = ({ from, to, failedOperations, lastServedBy, servedBy }: ClientsOutage): string => {
  const before = lastServedBy === undefined ? '' : `, after the ${lastServedBy}`;
  const after = servedBy === undefined ? '' : `, then the ${servedBy} served`;
  return to === undefined
    ? `no service from ${exactMoment(from)}${before}, and not seen to be served again: ${countOf(failedOperations, 'operation')} failed`
    : `no service from ${exactPeriod(from, to)} (${describeSpan(from, to)})${before}: ${countOf(failedOperations, 'operation')} failed${after}`;
};

export const describeEquality = ({ equal, entries, groups, explained }: StoreComparison): string => {
  const differences = groups.reduce((sum, { changed, missing, added }) => sum + changed + missing + added, 0);
  const expected = explained.reduce((sum, { count }) => sum + count, 0);
  return (
    `${equal ? 'The stores are equal' : 'The stores differ'}: ${countOf(entries.source, 'entry', 'entries')} at the source, ` +
    `${countOf(entries.target, 'entry', 'entries')} at the target, ` +
    `${countOf(differences, 'difference')} without an explanation, ${expected} that are expected`
  );
};

export const describeOperatorRestore = (restore: OperatorRestore): string => {
  const { name, outcome, startedAt, endedAt, forced, forcedBecause, bound, message } = restore;
  const seconds = describeSeconds((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  const told = bound.length === 0 ? 'it could be told nothing of the snapshot but its key' : `told ${bound.join(', ')}`;
  const why = forcedBecause === undefined ? '' : `, because "${forcedBecause}"`;
  return (
    `The operator ended ${name} as ${outcome} after ${seconds}${message === '' ? '' : `: ${message}`}; ` +
    `${told}${forced ? `; break-glass: it was forced${why}` : ''}. The checks show its outcome; the operator's word does not count`
  );
};
