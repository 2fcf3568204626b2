import { phaseMarks, phaseNames } from './phases.js';
import type { DrillStatus, WaitingForPerson } from './report.js';

/** The drill as a live checklist in Markdown: what Temporal's UI shows beside a workflow. */
export const renderChecklist = ({
  lane,
  phases,
  checks,
  warnings = [],
  waitingFor,
  approvals,
}: DrillStatus): string => {
  const done = new Map(phases.map((phase) => [phase.name, phase]));
  const lines = phaseNames.flatMap((name) => {
    const phase = done.get(name);
    if (phase === undefined) return [];
    const time = phase.endedAt === undefined ? '' : ` (${secondsBetween(phase.startedAt, phase.endedAt)} s)`;
    return [`- ${phase.outcome === undefined ? '…' : phaseMarks[phase.outcome]} ${name}${time}`];
  });
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  return [
    `**Drill on lane ${lane ?? '…'}**`,
    '',
    ...lines,
    ...(waitingFor === undefined
      ? []
      : ['', `⏸ **Waits for a person to ${askedFor(waitingFor)}**, until ${waitingFor.expiresAt}.`]),
    ...warnings.map(({ name, sentence }) => `\n**Mind (${name}):** ${sentence}`),
    ...approvals.map(
      ({ decision, approver }) => `\n${decision === 'approve' ? 'Approved' : 'Rejected'} by ${approver}.`,
    ),
    '',
    `${checks.length - failed.length} of ${checks.length} checks passed.`,
    ...failed.map(({ name, expected, observed }) => `- ✘ ${name}: expected ${expected}, observed ${observed}`),
  ].join('\n');
};

const askedFor = ({ what, to }: WaitingForPerson): string =>
  what === 'cutover' ? `move the clients to the ${to}` : 'approve or reject the cutover';

export const secondsBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / 100) / 10;
