/** A drill's report for people: what came of it first, then why, then everything it stands on. */
import type { Decision } from './approval.js';
import { secondsBetween } from './checklist.js';
import { failedChecks } from './checks.js';
import type { PhaseRecord } from './phases.js';
import type { CleanupReport, DrillReport } from './report.js';

/** Renders `report.md`. Text that came from people or servers cannot break the tables or add sections of its own. */
export const renderReportMarkdown = (report: DrillReport): string => {
  const sections = [
    `# Drill ${inline(report.drillId)} on lane ${inline(report.lane)}: ${report.result}`,
    `${capitalise(inline(report.reason))}.`.replace(/([.!?])\.$/, '$1'),
    renderTimes(report),
    section('Phases', renderPhases(report.phases)),
    section(checksTitle(report), renderChecks(report)),
    section('Approvals', renderApprovals(report)),
    section('Snapshot', renderSnapshot(report)),
    section('Versions', renderVersions(report)),
    section('Clean-up', renderCleanup(report)),
    section('Left out', bullets(report.leftOut.map(({ what, why }) => `**${inline(what)}**: ${inline(why)}`))),
    section('Where it ran', renderOrigin(report)),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
};

const renderTimes = ({ startedAt, endedAt, timing }: DrillReport): string =>
  table(
    ['Time', 'Seconds'],
    [
      [`Whole drill, ${startedAt} to ${endedAt}`, timing.totalSeconds],
      ['Machine', timing.machineSeconds],
      ['Waiting for a person', timing.humanWaitSeconds],
      ['Restore call to verified', timing.restoreToVerifiedSeconds ?? 'not reached'],
    ],
  );

const renderPhases = (phases: readonly PhaseRecord[]): string =>
  phases.length === 0
    ? 'None was reached.'
    : table(
        ['Phase', 'Outcome', 'Seconds', 'Started', 'Attempts'],
        phases.map(({ name, outcome, startedAt, endedAt, attempts }) => [
          name,
          outcome ?? 'did not end',
          endedAt === undefined ? '' : secondsBetween(startedAt, endedAt),
          startedAt,
          attempts,
        ]),
      );

const checksTitle = ({ checks }: DrillReport): string => {
  const failed = failedChecks(checks).length;
  return failed === 0 ? `Checks (${checks.length})` : `Checks (${failed} of ${checks.length} failed)`;
};

const renderChecks = ({ checks }: DrillReport): string =>
  checks.length === 0
    ? 'None was made.'
    : table(
        ['Check', 'Outcome', 'Expected', 'Observed'],
        checks.map(({ name, outcome, expected, observed, reason }) => [
          name,
          reason === undefined ? outcome : `${outcome}: ${reason}`,
          expected,
          observed,
        ]),
      );

const renderApprovals = ({ approvals, ignoredMessages }: DrillReport): string =>
  [
    approvals.length === 0 ? 'Nobody decided.' : bullets(approvals.map(describeDecision)),
    ...(ignoredMessages.length === 0
      ? []
      : [
          'Messages that changed nothing:',
          bullets(ignoredMessages.map(({ message, why, at }) => `${inline(message)} at ${at}: ${inline(why)}`)),
        ]),
  ].join('\n\n');

const describeDecision = ({ decision, approver, comment, at, via }: Decision): string => {
  const said = comment === undefined ? '' : `: ${inline(comment)}`;
  return `${decision === 'approve' ? 'Approved' : 'Rejected'} by **${inline(approver)}** at ${at} (${via})${said}`;
};

const renderSnapshot = ({ snapshot, evidence }: DrillReport): string =>
  snapshot === undefined
    ? 'None was taken.'
    : table(
        ['Snapshot', 'Value'],
        [
          ['Key', snapshot.key],
          ['Size', `${snapshot.sizeBytes} bytes`],
          ['SHA-256', snapshot.sha256],
          ['Taken', snapshot.takenAt],
          ['Raft index', snapshot.index],
          ...(evidence === undefined ? [] : [['Digest of the evidence people decided on (SHA-256)', evidence.sha256]]),
        ],
      );

const renderVersions = ({ versions: { openbaoDr, openbao } }: DrillReport): string =>
  bullets([
    `openbao-dr ${inline(openbaoDr)}`,
    ...Object.entries(openbao).map(([side, version]) => `OpenBao at the ${side} ${inline(version)}`),
  ]);

const cleanupOutcome: Readonly<Record<CleanupReport['outcome'], string>> = {
  succeeded: 'Succeeded.',
  failed: 'Failed: what is listed here still has to be undone by hand.',
  kept: 'The lane was kept.',
};

const renderCleanup = ({ cleanup: { outcome, failures } }: DrillReport): string =>
  [cleanupOutcome[outcome], ...(failures.length === 0 ? [] : [bullets(failures.map(inline))])].join('\n\n');

const renderOrigin = ({ workflowId, runId }: DrillReport): string =>
  `Temporal workflow ${inline(workflowId)}, run ${inline(runId)}.`;

const section = (title: string, body: string): string => (body === '' ? '' : `## ${title}\n\n${body}`);

const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(inline).join(' | ')} |`).join('\n');

/** One line that neither ends a table's cell nor opens HTML. */
const inline = (text: string | number): string =>
  String(text).replaceAll(/\s+/g, ' ').trim().replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('<', '&lt;');

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
