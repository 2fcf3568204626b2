/**
 * The drill drawn to scale. Names stand in a column of their own beside the drawing, and the drawing places things by
 * percentages: so text keeps its size on a telephone, where a drawing that shrinks as a whole would be unreadable.
 */
import { secondsBetween } from '../../run/checklist.js';
import type { PhaseRecord } from '../../run/phases.js';
import type { ClientSpan } from '../report.js';
import { clock } from '../../moments.js';
import { type Interval, interval, type Mark, type Measure, type TimelineFacts } from '../sections/course/timeline.js';
import { describeSeconds, describeTick } from '../../units.js';
import { type Markup, markup, nothing } from './markup.js';
import { createScale, type Scale, type Tick } from './scale.js';

const rowHeight = 24;
const barHeight = 14;
const axisHeight = 22;

interface Row {
  readonly label: string;
  readonly draw: (y: number) => Markup;
}

export const renderTimeline = (facts: TimelineFacts): Markup => {
  const { whole, waits, phases, spans, measures, marks } = facts;
  const scale = createScale(whole, waits);
  const rows: readonly Row[] = [
    ...phases.map((phase) => phaseRow(phase, facts, scale)),
    ...(spans.length === 0 ? [] : [clientsRow(spans, scale)]),
    ...measures.map((measure) => measureRow(measure, scale)),
    ...marks.map((mark) => markRow(mark, scale)),
  ];
  const height = axisHeight + rows.length * rowHeight;
  return markup`<div class="timeline">
<div class="names" aria-hidden="true"><span class="axis-name"></span>${rows.map(({ label }) => markup`<span>${label}</span>`)}</div>
<svg role="img" aria-label="Timeline of the drill, to scale: the tables below say the same" width="100%" height="${height}" xmlns="http://www.w3.org/2000/svg">
${patterns}${scale.ticks.map((tick) => drawTick(tick, height))}${waits.map((wait) => drawWait(wait, height, scale))}${marks.map(
    (mark) => drawMarkLine(mark, height, scale),
  )}${rows.map(({ draw }, at) => draw(axisHeight + at * rowHeight))}
</svg></div>
${renderLegend(scale, facts)}`;
};

const patterns = markup`<defs>
<pattern id="hatch-wait" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="wait-ground" width="6" height="6"/><rect class="wait-line" width="2.4" height="6"/></pattern>
<pattern id="hatch-nobody" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect class="nobody-ground" width="5" height="5"/><rect class="nobody-line" width="2" height="5"/></pattern>
</defs>`;

const percent = (fraction: number): string => `${(fraction * 100).toFixed(3)}%`;

const drawBar = (range: Interval, y: number, looks: string, scale: Scale): Markup => {
  const from = scale.position(range.fromMs);
  const width = Math.max(0, scale.position(range.toMs) - from);
  const top = y + (rowHeight - barHeight) / 2;
  return markup`<rect class="bar ${looks}" x="${percent(from)}" y="${top}" width="${percent(width)}" height="${barHeight}" rx="2"/>`;
};

/** Places the note beside the bar if there is room, and on the bar otherwise. */
const drawNote = (range: Interval, y: number, text: string, scale: Scale): Markup => {
  const [from, to] = [scale.position(range.fromMs), scale.position(range.toMs)];
  const [x, anchor, dx, looks] =
    to < 0.66 ? [to, 'start', 7, ''] : from > 0.34 ? [from, 'end', -7, ''] : [from, 'start', 6, 'on-bar'];
  return markup`<text class="note ${looks}" x="${percent(x)}" dx="${dx}" y="${y + rowHeight / 2 + 4}" text-anchor="${anchor}">${text}</text>`;
};

const phaseRow = (phase: PhaseRecord, { endedAt: drillEndedAt, waits }: TimelineFacts, scale: Scale): Row => {
  const { name, startedAt, endedAt, outcome, attempts } = phase;
  const range = interval(startedAt, endedAt ?? drillEndedAt);
  const waited = waits
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, range.fromMs), toMs: Math.min(toMs, range.toMs) }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
  const end = outcome === 'passed' ? '' : ` ${outcome ?? 'did not end'}`;
  const again = attempts > 1 ? ` (${attempts} attempts)` : '';
  const note = `${describeSeconds(secondsBetween(startedAt, endedAt ?? drillEndedAt))}${end}${again}`;
  return {
    label: name,
    draw: (y) =>
      markup`${drawBar(range, y, `phase ${outcome ?? 'open'}`, scale)}${waited.map((wait) =>
        drawBar(wait, y, 'wait', scale),
      )}${drawNote(range, y, note, scale)}`,
  };
};

const clientsRow = (spans: readonly ClientSpan[], scale: Scale): Row => ({
  label: 'clients',
  draw: (y) =>
    markup`${spans.map(({ servedBy, from, to }) => drawBar(interval(from, to), y, `by-${servedBy}`, scale))}`,
});

const measureRow = (measure: Measure, scale: Scale): Row => ({
  label: measure.label,
  draw: (y) => markup`${drawBar(measure, y, 'measure', scale)}${drawNote(measure, y, measure.value, scale)}`,
});

const markRow = ({ label, kind, at }: Mark, scale: Scale): Row => {
  const moment = interval(at, at);
  return {
    label,
    draw: (y) => {
      const x = percent(scale.position(moment.fromMs));
      const middle = y + rowHeight / 2;
      return markup`<circle class="mark ${kind}" cx="${x}" cy="${middle}" r="4.5"/>${drawNote(moment, y, clock(at), scale)}`;
    },
  };
};

const drawMarkLine = ({ kind, at }: Mark, height: number, scale: Scale): Markup => {
  const x = percent(scale.position(Date.parse(at)));
  return markup`<line class="mark-line ${kind}" x1="${x}" x2="${x}" y1="${axisHeight}" y2="${height}"/>`;
};

/** Draws a wait, with a mark on the axis if it is drawn shorter than it was. */
const drawWait = ({ fromMs, toMs }: Interval, height: number, scale: Scale): Markup => {
  const [from, to] = [scale.position(fromMs), scale.position(toMs)];
  return markup`<rect class="wait-band" x="${percent(from)}" width="${percent(Math.max(0, to - from))}" y="${axisHeight}" height="${height - axisHeight}"/>${
    scale.broken
      ? markup`<svg class="break" x="${percent((from + to) / 2)}" y="${axisHeight - 9}"><path d="M-6 5L-1 -5M1 5L6 -5"/></svg>`
      : nothing
  }`;
};

const drawTick = ({ at, seconds }: Tick, height: number): Markup => {
  const x = percent(at);
  const anchor = at < 0.04 ? 'start' : at > 0.94 ? 'end' : 'middle';
  return markup`<line class="tick" x1="${x}" x2="${x}" y1="${axisHeight - 4}" y2="${height}"/><text class="tick-label" x="${x}" y="${axisHeight - 9}" text-anchor="${anchor}">${describeTick(seconds)}</text>`;
};

const renderLegend = ({ broken }: Scale, { phases, spans, waits }: TimelineFacts): Markup => {
  const stopped = [...new Set(phases.map(({ outcome }) => outcome))].filter(
    (outcome) => outcome === 'cancelled' || outcome === 'rejected' || outcome === 'expired',
  );
  const entry = (looks: string, text: string): Markup => markup`<li><i class="swatch ${looks}"></i>${text}</li>`;
  return markup`<ul class="legend">${[
    entry('phase', 'machine'),
    ...(phases.some(({ outcome }) => outcome === 'failed') ? [entry('failed', 'failed')] : []),
    ...stopped.map((outcome) => entry('stopped', outcome)),
    ...(waits.length > 0 ? [entry('wait', 'waiting for a person')] : []),
    ...(spans.length > 0
      ? [
          entry('by-source', 'clients served by the source'),
          entry('by-target', 'by the target'),
          entry('by-nobody', 'by neither side'),
        ]
      : []),
  ]}</ul>
<p class="fine">${
    broken
      ? 'To scale, but for the waiting for a person, which is drawn shorter than it was (//). The axis counts the time without it. '
      : 'To scale. '
  }Times of day are UTC.${spans.length > 0 ? '' : ' Who served clients when was not measured.'}</p>`;
};
