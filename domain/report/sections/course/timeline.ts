/** Collects a drill's intervals and moments for the timeline. */
import type { PhaseRecord } from '../../../run/phases.js';
import type { ClientSpan, DrillReport } from '../../report.js';
import { clientSpans } from '../../report-facts.js';
import type { PairSide } from '../../../pair/topology.js';
import { describeSeconds } from '../../../units.js';

/** Milliseconds since the epoch. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Mark {
  readonly label: string;
  readonly kind: 'loss' | 'fence' | 'served';
  readonly at: string;
}

/** A measured time, like the achieved RTO. */
export interface Measure extends Interval {
  readonly label: string;
  readonly value: string;
}

export interface TimelineFacts {
  readonly whole: Interval;
  readonly endedAt: string;
  readonly phases: readonly PhaseRecord[];
  readonly waits: readonly Interval[];
  readonly spans: readonly ClientSpan[];
  readonly measures: readonly Measure[];
  readonly marks: readonly Mark[];
}

export const timelineOf = (report: DrillReport): TimelineFacts => ({
  whole: wholeOf(report),
  endedAt: report.endedAt,
  phases: report.phases,
  waits: (report.humanWaits ?? []).map(({ from, to }) => interval(from, to)),
  spans: clientSpans(report),
  measures: findMeasures(report),
  marks: findMarks(report),
});

export const interval = (from: string, to: string): Interval => ({ fromMs: Date.parse(from), toMs: Date.parse(to) });

/** From the first moment the report knows of to the last: a phase or a span may lie outside of start and end. */
const wholeOf = ({ startedAt, endedAt, phases }: DrillReport): Interval => {
  const all = [startedAt, endedAt, ...phases.flatMap((phase) => [phase.startedAt, phase.endedAt ?? phase.startedAt])];
  const times = all.map((time) => Date.parse(time)).filter((ms) => !Number.isNaN(ms));
  return { fromMs: Math.min(...times), toMs: Math.max(...times) };
};

const findMeasures = ({ rpo, rto }: DrillReport): readonly Measure[] => [
  ...(rpo === undefined
    ? []
    : [
        {
          label: 'RPO',
          value: describeSeconds(rpo.seconds),
          ...interval(rpo.lastRecovered.at, rpo.lastAcknowledged.at),
        },
      ]),
  ...(rto === undefined
    ? []
    : [{ label: 'RTO', value: describeSeconds(rto.totalSeconds), ...interval(rto.startedAt, rto.servedAt) }]),
];

const otherSide = (side: PairSide): PairSide => (side === 'source' ? 'target' : 'source');

/** The moments that the drill reached: lost, fenced, served. */
const findMarks = (report: DrillReport): readonly Mark[] => {
  const { rto, cutover, revert } = report;
  const marks: Mark[] = [];
  const lostAt = rto?.from === 'loss' ? rto.startedAt : passedAt(report, 'disaster');
  if (lostAt !== undefined) marks.push({ label: 'source lost', kind: 'loss', at: lostAt });
  for (const moved of [cutover, revert]) {
    if (moved === undefined) continue;
    if (moved.fencedAt !== undefined) {
      marks.push({ label: `${otherSide(moved.to)} fenced`, kind: 'fence', at: moved.fencedAt });
    }
    const first = moved.spans.find(
      ({ servedBy, from }) => servedBy === moved.to && from >= (moved.fencedAt ?? ''),
    )?.from;
    const servedAt = moved === cutover ? (rto?.servedAt ?? first) : first;
    if (servedAt !== undefined) marks.push({ label: `${moved.to} serves`, kind: 'served', at: servedAt });
  }
  return marks;
};

const passedAt = ({ phases }: DrillReport, name: PhaseRecord['name']): string | undefined =>
  phases.find((phase) => phase.name === name && phase.outcome === 'passed')?.endedAt;
