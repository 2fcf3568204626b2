/** A drill's report for people: what came of it first, then why, then everything it stands on. */
import type { Decision } from './approval.js';
import { secondsBetween } from './checklist.js';
import { failedChecks } from './checks.js';
import { controlMapCaveat, mapControls } from './control-map.js';
import type { PhaseRecord } from './phases.js';
import type { CleanupReport, DrillReport } from './report.js';
import {
  describeClientsAccount,
  describeClientsMoved,
  describeEquality,
  describeOperatorRestore,
  describeRecoveryPoint,
  describeRecoveryTime,
  judgeObjective,
  whyAbsent,
} from './report-facts.js';
import { snapshotWarnings } from './snapshot-warnings.js';
import { countOf, describeBytes, describeExactBytes, describeSeconds } from './units.js';
import type { Warning } from './warnings.js';

/** Renders `report.md`. Text that came from people or servers cannot break the tables or add sections of its own. */
export const renderReportMarkdown = (report: DrillReport): string => {
  const sections = [
    `# Drill ${inline(report.drillId)} on lane ${inline(report.lane)}: ${report.result}`,
    `${capitalise(inline(report.reason))}.`.replace(/([.!?])\.$/, '$1'),
    (report.warnings ?? []).map(renderWarning).join('\n\n'),
    renderTimes(report),
    section('Recovery', renderRecovery(report)),
    section('Clients', renderClients(report)),
    section('Phases', renderPhases(report.phases)),
    section(checksTitle(report), renderChecks(report)),
    ...(report.operatorRestore === undefined
      ? []
      : [section('Restore by the operator', `${inline(describeOperatorRestore(report.operatorRestore))}.`)]),
    section('Equality of the stores', renderEquality(report)),
    section('Approvals', renderApprovals(report)),
    section('Snapshot', renderSnapshot(report)),
    section('Inspection of the snapshot', renderInspection(report)),
    section('Signature', renderSignature(report)),
    section('Controls', renderControls(report)),
    section('Versions', renderVersions(report)),
    section('Clean-up', renderCleanup(report)),
    section('Left out', bullets(report.leftOut.map(({ what, why }) => `**${inline(what)}**: ${inline(why)}`))),
    section('Where it ran', renderOrigin(report)),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
};

const renderWarning = ({ name, sentence }: Warning): string => `**Mind (${name}):** ${inline(sentence)}`;

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

const renderRecovery = (report: DrillReport): string => {
  const { rpo, rto } = report;
  const absent = (what: string): string => `not measured: ${inline(whyAbsent(report, what))}`;
  return bullets([
    `**Achieved RPO** ${rpo === undefined ? absent('rpo') : `${describeSeconds(rpo.seconds)}, ${describeRecoveryPoint(report, rpo)}`} (${judgeObjective(report, 'rpo').sentence})`,
    `**Achieved RTO** ${rto === undefined ? absent('rto') : `${describeSeconds(rto.totalSeconds)}, ${describeRecoveryTime(rto)}`} (${judgeObjective(report, 'rto').sentence})`,
  ]);
};

const renderClients = (report: DrillReport): string => {
  const { cutover, revert, clients, handMoves = [] } = report;
  const moved = [cutover, revert].filter((way) => way !== undefined);
  if (moved.length === 0 && clients === undefined) {
    return `They were not moved: ${inline(whyAbsent(report, 'cutover'))}.`;
  }
  const spans = moved.length === 0 ? (clients?.spans ?? []) : moved.flatMap((way) => way.spans);
  return [
    bullets([
      ...moved.map((way) => `${capitalise(describeClientsMoved(way))}.`),
      ...(clients === undefined ? [] : describeClientsAccount(clients)).map((said) => `${capitalise(said)}.`),
      ...handMoves.map(
        ({ to, by, at, comment }) =>
          `**${inline(by)}** said at ${at} that they were moved to the ${to}${comment === undefined ? '' : `: ${inline(comment)}`}`,
      ),
    ]),
    ...(spans.length === 0
      ? []
      : [
          table(
            ['Served by', 'From', 'To', 'Operations'],
            spans.map(({ servedBy, from, to, operations }) => [servedBy, from, to, operations]),
          ),
        ]),
  ].join('\n\n');
};

const renderEquality = (report: DrillReport): string => {
  const { equality } = report;
  if (equality === undefined) {
    return `They were not compared: ${inline(whyAbsent(report, 'equality', 'store-equality', 'verify'))}.`;
  }
  const differing = equality.groups.filter(({ changed, missing, added }) => changed + missing + added > 0);
  return [
    `${describeEquality(equality)}. ${countOf(equality.groups.length, 'mount or part', 'mounts and parts')} compared, ${differing.length} differ.`,
    ...(differing.length === 0
      ? []
      : [
          table(
            ['Mount or part', 'Changed', 'Only source', 'Only target'],
            differing.map(({ name, changed, missing, added }) => [name, changed, missing, added]),
          ),
        ]),
    ...(equality.explained.length === 0
      ? []
      : [
          bullets(
            equality.explained.map(({ pattern, reason, count }) => `${inline(pattern)}: ${count}, ${inline(reason)}`),
          ),
        ]),
  ].join('\n\n');
};

const renderInspection = (report: DrillReport): string => {
  const { inspection } = report;
  if (inspection === undefined) return `It was not inspected: ${inline(whyAbsent(report, 'inspect', 'inspection'))}.`;
  const { entries, stateBytes, seal, openbaoVersions, leases } = inspection;
  return [
    ...(report.warnings === undefined ? snapshotWarnings(inspection) : []).map(renderWarning),
    bullets([
      `${countOf(entries, 'entry', 'entries')}, ${describeBytes(stateBytes)}`,
      `Seal ${inline(seal.type ?? 'of a type that the store does not say')}${seal.keyVersion === undefined ? '' : `, key ${inline(seal.keyVersion)}`}`,
      `OpenBao versions it has seen: ${inline(openbaoVersions.join(', ') || 'none recorded')}`,
      `${countOf(leases.total, 'lease')}: ${leases.login} of logins, ${leases.dynamic} of dynamic secrets`,
    ]),
  ].join('\n\n');
};

const renderSignature = (report: DrillReport): string => {
  const { evidence } = report;
  if (evidence === undefined) {
    return `The report is not signed: ${inline(whyAbsent(report, 'signature', 'evidence'))}.`;
  }
  return [
    table(
      ['Signature', 'Value'],
      [
        ['SHA-256 of the report', evidence.sha256],
        ['Ed25519', evidence.signature],
        ['Key', `${evidence.keyName}, version ${evidence.keyVersion}`],
      ],
    ),
    'Signed is `report.json`: `openbao-dr verify-report report.json --public-key KEY.pem` verifies it.',
  ].join('\n\n');
};

const renderControls = (report: DrillReport): string =>
  [
    controlMapCaveat,
    table(
      ['Framework', 'Control', 'Checks passed', 'Failed', 'Not made'],
      mapControls(report).map(({ framework, control, passed, failed, notMade }) => [
        framework,
        control,
        passed.length,
        failed.length === 0 ? 0 : failed.join(', '),
        notMade.length,
      ]),
    ),
    'What each of them shows, and what it does not, is in `report.html`.',
  ].join('\n\n');

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

const describeDecision = ({ decision, approver, comment, at, via, evidenceSha256 }: Decision): string => {
  const said = comment === undefined ? '' : `: ${inline(comment)}`;
  return `${decision === 'approve' ? 'Approved' : 'Rejected'} by **${inline(approver)}** at ${at} (${via}${
    evidenceSha256 === undefined ? '' : `, bound to evidence ${evidenceSha256}`
  })${said}`;
};

const renderSnapshot = ({ snapshot, decidedOn }: DrillReport): string =>
  snapshot === undefined
    ? 'None was taken.'
    : table(
        ['Snapshot', 'Value'],
        [
          ['Key', snapshot.key],
          ['Size', describeExactBytes(snapshot.sizeBytes)],
          ['SHA-256', snapshot.sha256],
          ['Taken', snapshot.takenAt],
          ['Raft index', snapshot.index],
          ...(decidedOn === undefined
            ? []
            : [['Digest of the evidence people decided on (SHA-256)', decidedOn.sha256]]),
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
