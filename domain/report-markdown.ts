/** A drill's report for people: what came of it first, then why, then everything it stands on. */
import type { Decision } from './approval.js';
import { checkMarks, failedChecks, worstFirst } from './checks.js';
import { controlMapCaveat, mapControls } from './control-map.js';
import { cell, inline } from './markdown/escape.js';
import type { PhaseRecord } from './phases.js';
import type { CleanupReport, DrillReport } from './report.js';
import {
  describeClientsAccount,
  describeClientsMoved,
  describeEquality,
  describeOperatorRestore,
  describeRecoveryPoint,
  describeNoMove,
  describeRecoveryTime,
  judgeObjective,
  whyAbsent,
} from './report-facts.js';
import { snapshotWarnings } from './snapshot-warnings.js';
import { countOf, describeBytes, describeExactBytes, describeSeconds, describeSpan } from './units.js';
import type { Warning } from './warnings.js';

/** Renders `report.md`. Text that came from people or servers cannot break the tables or add sections of its own. */
export const renderReportMarkdown = (report: DrillReport): string => {
  const sections = [
    `# Drill ${inline(report.drillId)} on lane ${inline(report.lane)}: ${report.result}`,
    `${inline(report.reason)}.`.replace(/([.!?])\.$/, '$1'),
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
    ['Time', 'How long'],
    [
      [`Whole drill, ${startedAt} to ${endedAt}`, describeSeconds(timing.totalSeconds)],
      ['Machine', describeSeconds(timing.machineSeconds)],
      ['Waiting for a person', describeSeconds(timing.humanWaitSeconds)],
      [
        'Restore call to verified',
        timing.restoreToVerifiedSeconds === undefined
          ? 'not reached'
          : describeSeconds(timing.restoreToVerifiedSeconds),
      ],
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
  if (moved.length === 0 && clients === undefined && handMoves.length === 0) {
    return `${inline(describeNoMove(report))}.`;
  }
  const spans = moved.length === 0 ? (clients?.spans ?? []) : moved.flatMap((way) => way.spans);
  return [
    bullets([
      ...(moved.length === 0 && clients === undefined ? [`${inline(describeNoMove(report))}.`] : []),
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
        ['Phase', 'Outcome', 'Time', 'Waiting for a person', 'Started', 'Attempts'],
        phases.map(({ name, outcome, startedAt, endedAt, attempts, humanWaitSeconds }) => [
          name,
          outcome ?? 'did not end',
          endedAt === undefined ? '' : describeSpan(startedAt, endedAt),
          humanWaitSeconds === undefined ? '' : describeSeconds(humanWaitSeconds),
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
        worstFirst(checks).map(({ name, outcome, expected, observed, reason }) => [
          name,
          `${checkMarks[outcome]} ${outcome}${reason === undefined ? '' : `: ${reason}`}`,
          expected,
          observed,
        ]),
      );

const renderApprovals = ({ approvals, ignoredMessages, decidedOn }: DrillReport): string =>
  [
    ...(decidedOn === undefined ? [] : [`The evidence that people decided on has the SHA-256 ${decidedOn.sha256}.`]),
    approvals.length === 0
      ? 'Nobody decided.'
      : table(
          ['Decision', 'By', 'When', 'Bound to', 'In their words'],
          approvals.map((decision) => describeDecision(decision, decidedOn?.sha256)),
        ),
    ...(ignoredMessages.length === 0
      ? []
      : [
          'Messages that changed nothing:',
          bullets(ignoredMessages.map(({ message, why, at }) => `${inline(message)} at ${at}: ${inline(why)}`)),
        ]),
  ].join('\n\n');

const describeDecision = (
  { decision, approver, comment, at, via, evidenceSha256 }: Decision,
  shown: string | undefined,
): readonly string[] => [
  `${decision === 'approve' ? '✔ approved' : '⊘ rejected'} (${via})`,
  approver,
  at,
  evidenceSha256 === undefined
    ? 'no digest: the decision named none'
    : evidenceSha256 === shown
      ? `${evidenceSha256}, the evidence above`
      : `${evidenceSha256}, another evidence than above`,
  comment ?? 'no comment',
];

const renderSnapshot = ({ snapshot }: DrillReport): string =>
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
  [head.map(cell), head.map(() => '---'), ...rows.map((cells) => cells.map(cell))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
