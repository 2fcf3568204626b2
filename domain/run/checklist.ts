import { decisionScreen } from '../approval/decision/screen.js';
import { oneLine } from '../approval/messages/one-line.js';
import { phaseMarks, phaseNames } from './phases.js';
import type { DrillStatus } from '../report/report.js';
import { describeSeconds } from '../units.js';

/** The most failed checks shown beside a workflow; the query `status` has them all. */
const mostFailed = 5;

/**
 * The drill as a live checklist in Markdown: what Temporal's UI shows beside a workflow. While the drill waits for a person,
 * the checklist opens with whom it waits for, until when, on what evidence, and how to decide.
 */
export const renderChecklist = (status: DrillStatus, nowMs: number): string => {
  const { lane, phases, checks, warnings = [], approvals } = status;
  const done = new Map(phases.map((phase) => [phase.name, phase]));
  const lines = phaseNames.flatMap((name) => {
    const phase = done.get(name);
    if (phase === undefined) return [];
    const time =
      phase.endedAt === undefined ? '' : ` (${describeSeconds(secondsBetween(phase.startedAt, phase.endedAt))})`;
    return [`- ${phase.outcome === undefined ? '…' : phaseMarks[phase.outcome]} ${name}${time}`];
  });
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  const screen = decisionScreen(status, { nowMs, live: false, decideWith: 'messages' });
  return [
    ...(screen === undefined
      ? []
      : [
          `**${harmless(screen.headline)}**`,
          '',
          ...screen.rows.map(([label, text]) => `- ${label}: ${harmless(text)}`),
          '',
        ]),
    `**Drill on lane ${lane ?? '…'}**`,
    '',
    ...lines,
    ...warnings.map(({ name, sentence }) => `\n**Mind (${name}):** ${harmless(oneLine(sentence, 2 * longest))}`),
    ...approvals.map(
      ({ decision, approver }) => `\n${decision === 'approve' ? 'Approved' : 'Rejected'} by ${harmless(approver)}.`,
    ),
    '',
    `${checks.length - failed.length} of ${checks.length} checks passed.`,
    ...failed
      .slice(0, mostFailed)
      .map(
        ({ name, expected, observed }) =>
          `- ✘ ${name}: expected ${harmless(oneLine(expected, longest))}, observed ${harmless(oneLine(observed, longest))}`,
      ),
    ...(failed.length > mostFailed ? [`- ✘ and ${failed.length - mostFailed} more`] : []),
  ].join('\n');
};

const longest = 300;

/** Removes characters that Markdown turns into links, images, code or HTML, because the text may be foreign. */
const harmless = (text: string): string => text.replaceAll(/[\\`<[\]]/g, '\\$&');

export const secondsBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10;
