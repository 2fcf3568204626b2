/** What the timeline shows of a report, as intervals and moments. */
import type { PhaseRecord } from '../phases.js';
import type { DrillReport } from '../report.js';
import type { PairSide } from '../topology.js';
import type { Interval } from './scale.js';

export interface Mark {
  readonly label: string;
  readonly kind: 'loss' | 'fence' | 'served';
  readonly at: string;
}

const otherSide = (side: PairSide): PairSide => (side === 'source' ? 'target' : 'source');

/** Lost, fenced, served: as far as the drill came. */
export const findMarks = (report: DrillReport): readonly Mark[] => {
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

/** When the drill waited for people, as it wrote it down. */
export const findHumanWaits = ({ humanWaits = [] }: DrillReport): readonly Interval[] =>
  humanWaits.map(({ from, to }) => interval(from, to));

/** From the first moment the report knows of to the last: a phase or a span may lie outside of start and end. */
export const wholeOf = ({ startedAt, endedAt, phases }: DrillReport): Interval => {
  const all = [startedAt, endedAt, ...phases.flatMap((phase) => [phase.startedAt, phase.endedAt ?? phase.startedAt])];
  const times = all.map((time) => Date.parse(time)).filter((ms) => !Number.isNaN(ms));
  return { fromMs: Math.min(...times), toMs: Math.max(...times) };
};

export const interval = (from: string, to: string): Interval => ({ fromMs: Date.parse(from), toMs: Date.parse(to) });
